"""The annotate process: page, topics, workers, the faust app with its one agent, and the lag poll."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

import faust
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.outcomes import Stage
from services.processor.annotate.agent import Agent, Parts
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.settings import AnnotateServiceSettings
from services.processor.annotate.stream.batch_reader import Intake
from services.processor.annotate.stream.delivery import Delivery
from services.processor.annotate.stream.faust_app import Untouched, build_app, find_consumer, find_producer
from services.processor.annotate.stream.offsets import Movement, Watch
from services.processor.annotate.workers.messages import AnnotatorFactory
from services.processor.annotate.workers.pool import WorkerPool
from services.runtime.kafka.clients import build_admin, within
from services.runtime.kafka.lag import LagPoller, read_committed_positions
from services.runtime.kafka.shard_map import check_shards
from services.runtime.kafka.topics import create_topics
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping, stop_at_once
from services.runtime.service.proc import read_resident_bytes
from services.runtime.service.retries import Retrier
from services.runtime.service.web import build_page, serve

CONSUMER, WORKERS = "consumer", "workers"
"""The parts that readiness counts."""
MEBIBYTE = 2**20
ENOUGH_ELSEWHERE = 20
"""Buffers full of other partitions' records after which a partition that waits is not only waiting its turn."""

logger = structlog.get_logger()


async def run(
    settings: AnnotateServiceSettings, factory: AnnotatorFactory, metrics: AnnotateMetrics, stopping: Stopping
) -> None:
    """Annotate until asked to stop.

    Raises ConfigurationError for missing weights and for topics with other partitions than declared, TransientError
    when Kafka cannot be reached. A surprise later on ends the process with nothing committed.
    """
    telemetry = settings.telemetry
    health = Health(Stage.ANNOTATE, metrics, stall_after=telemetry.stall_after)
    for part in (CONSUMER, WORKERS):
        health.set_ready(part, False)
    async with serve(build_page(metrics, health), telemetry.host, telemetry.port) as (host, port):
        logger.info("service_started", stage=Stage.ANNOTATE, host=host, port=port)
        retrier = Retrier(Stage.ANNOTATE, metrics)
        await retrier.call("create topics", lambda: create_topics(settings.kafka, topics.DECLARED))
        await retrier.call("compare the shard maps", lambda: check_shards(settings.kafka))
        async with _running_pool(settings, factory, metrics, stopping) as pool, _connected_admin(settings) as admin:
            if not stopping.is_set():
                health.set_ready(WORKERS, True)
                await Stream(settings, pool, admin, metrics, health).run(stopping)
    logger.info("service_stopped", stage=Stage.ANNOTATE)


class Stream:
    """The faust app and what watches it."""

    def __init__(
        self,
        settings: AnnotateServiceSettings,
        pool: WorkerPool,
        admin: AIOKafkaAdminClient,
        metrics: AnnotateMetrics,
        health: Health,
        *,
        halt: Callable[[str], None] = stop_at_once,
    ) -> None:
        annotate = settings.annotate
        self._settings = settings
        self._admin = admin
        self._metrics = metrics
        self._health = health
        self._halt = halt
        self._held: list[TopicPartition] = []
        self._changed = asyncio.Event()
        self._watch = Watch(settings.kafka, group=annotate.group, topic=topics.RAW, admin=admin, metrics=metrics)
        self._movement = Movement(
            stall_after=settings.telemetry.stall_after,
            enough_elsewhere=ENOUGH_ELSEWHERE * annotate.buffered_articles,
        )
        self._delivery = Delivery(lambda: find_producer(self._app), deadline=annotate.delivery_deadline)
        self._agent = Agent(
            Parts(
                annotate,
                pool,
                self._delivery,
                self._watch,
                self._movement,
                ArticleReporter(metrics),
                metrics,
                health,
                halt,
            )
        )
        self._app = self._build_app()

    async def run(self, stopping: Stopping) -> None:
        """Until asked to stop; then finish the batch in flight, commit, leave the group."""
        async with self._polling():
            starting = asyncio.create_task(self._app.start(), name="faust")
            asked = asyncio.create_task(stopping.wait())
            crashed = asyncio.create_task(self._app._crashed.wait())
            try:
                await asyncio.wait({starting, asked, crashed}, return_when=asyncio.FIRST_COMPLETED)
                if starting.done():
                    await starting
                    await asyncio.wait({asked, crashed}, return_when=asyncio.FIRST_COMPLETED)
                if crashed.done() and not asked.done():
                    reason = self._app.crash_reason
                    self._halt(f"faust crashed: {type(reason).__name__}: {reason}")
                self._health.set_ready(CONSUMER, False)
                await self._app.stop()
            finally:
                for task in (asked, crashed, starting):
                    task.cancel()

    def _build_app(self) -> faust.App:
        annotate = self._settings.annotate
        app = build_app(self._settings.kafka, annotate)
        source = app.topic(topics.RAW, schema=Untouched(), internal=False)

        @app.agent(source, name="annotate")
        async def annotate_stream(stream: Any) -> None:
            intake = Intake(
                app,
                stream.channel.queue,
                size=annotate.batch_articles,
                window=annotate.batch_window,
                batch_bytes=annotate.max_record_bytes,
            )
            find_consumer(app).intake = intake
            await self._agent.run(intake)

        app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        app.on_rebalance_complete.connect(self._on_settled, weak=False)
        return app

    async def _on_revoked(self, *arguments: Any, **_: Any) -> None:
        """The batches in flight are committed by now."""
        self._health.set_ready(CONSUMER, False)
        self._metrics.rebalances.labels(Stage.ANNOTATE).inc()
        self._forget()
        logger.info("partitions_revoked", stage=Stage.ANNOTATE, partitions=_numbers(arguments[1]))

    async def _on_assigned(self, *arguments: Any, **_: Any) -> None:
        self._forget()
        self._held = [TopicPartition(topics.RAW, number) for number in _numbers(arguments[1])]
        logger.info("partitions_assigned", stage=Stage.ANNOTATE, partitions=_numbers(arguments[1]))

    async def _on_settled(self, *_: Any, **__: Any) -> None:
        self._health.set_ready(CONSUMER, True)
        self._changed.set()

    def _forget(self) -> None:
        self._held = []
        self._watch.forget()
        self._movement.forget()

    @contextlib.asynccontextmanager
    async def _polling(self) -> AsyncIterator[None]:
        poller = LagPoller(
            self._settings.kafka,
            stage=Stage.ANNOTATE,
            topic=topics.RAW,
            positions=self._read_positions,
            metrics=self._metrics,
            health=self._health,
            interval=self._settings.telemetry.lag_interval,
            observe=self._observe,
            changed=self._changed,
            # Partitions take turns here; `Movement` tells one that waits for its turn from one that is forgotten.
            each_partition=False,
        )
        polling = asyncio.create_task(poller.run(), name="lag")
        try:
            yield
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling

    async def _read_positions(self) -> Mapping[TopicPartition, int]:
        return await read_committed_positions(
            self._admin, self._settings.kafka, self._settings.annotate.group, list(self._held)
        )

    def _observe(self, waiting: Mapping[TopicPartition, int]) -> None:
        held = {source.partition: count for source, count in waiting.items() if source in self._held}
        if stuck := self._movement.find_stuck(held):
            self._halt(f"partitions {sorted(stuck)} have records waiting and are not worked on")


@contextlib.asynccontextmanager
async def _running_pool(
    settings: AnnotateServiceSettings, factory: AnnotatorFactory, metrics: AnnotateMetrics, stopping: Stopping
) -> AsyncIterator[WorkerPool]:
    """The workers, ready; or none, where the process was asked to stop while they loaded their models."""
    annotate = settings.annotate
    pool = WorkerPool(
        factory,
        workers=annotate.workers,
        start_deadline=annotate.start_deadline,
        article_deadline=annotate.article_deadline,
        max_losses=annotate.max_failures_in_row,
        spares=annotate.spare_workers,
        memory_bytes=annotate.worker_megabytes * MEBIBYTE if annotate.worker_megabytes else None,
        lost=lambda reason: metrics.worker_losses.labels(reason).inc(),
    )
    metrics.workers_memory.set_function(lambda: sum(map(read_resident_bytes, pool.pids)))
    starting, asked = asyncio.create_task(pool.start()), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        yield pool
    finally:
        for task in (starting, asked):
            task.cancel()
        await asyncio.wait({starting, asked})
        await pool.stop()


@contextlib.asynccontextmanager
async def _connected_admin(settings: AnnotateServiceSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = build_admin(settings.kafka, client_id="copydesk-annotate-offsets")
    await within(settings.kafka.request_timeout, "connect to Kafka", admin.start())
    try:
        yield admin
    finally:
        await within(settings.kafka.request_timeout, "close the admin client", admin.close())


def _numbers(partitions: Iterable[Any]) -> list[int]:
    return sorted(held.partition for held in partitions if held.topic == topics.RAW)
