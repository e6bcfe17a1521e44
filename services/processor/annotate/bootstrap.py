"""Composition root of annotate: the only module that connects the agent, the workers, faust and the metrics."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial

import structlog
from aiokafka.admin import AIOKafkaAdminClient

from services.contracts import topics
from services.outcomes import Stage
from services.processor.annotate.agent import Agent
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.settings import AnnotateServiceSettings
from services.processor.annotate.stream.delivery import Delivery
from services.processor.annotate.stream.faust_app import build_app, get_producer
from services.processor.annotate.stream.offsets import OffsetChecker
from services.processor.annotate.stream.runner import CONSUMER, ArticleStream
from services.processor.annotate.stream.stuck import StuckPartitionDetector
from services.processor.annotate.workers.messages import AnnotatorFactory
from services.processor.annotate.workers.pipeline import build_annotator
from services.processor.annotate.workers.pool import WorkerPool
from services.runtime.kafka.clients import build_admin, within
from services.runtime.kafka.lag import LagPoller
from services.runtime.kafka.shard_map import check_shards
from services.runtime.kafka.topics import create_topics
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping, stop_at_once
from services.runtime.service.proc import read_resident_bytes
from services.runtime.service.retries import Retrier
from services.runtime.service.start import Main, start_service
from services.runtime.service.web import build_page, serve

WORKERS = "workers"
"""Readiness part: true when every worker has loaded its models."""
MEBIBYTE = 2**20
BUFFERS_ELSEWHERE = 20
"""Buffers full of other partitions' records after which a partition that waits is not only waiting for its turn."""

logger = structlog.get_logger()


def main(environ: Mapping[str, str]) -> int:
    """Run annotate until it is asked to stop; returns the exit code."""
    return start_service(AnnotateServiceSettings, environ, Stage.ANNOTATE, build)


def build(settings: AnnotateServiceSettings) -> Main:
    """Return the service's main coroutine function, with the real enrichment pipeline in its workers."""
    factory = partial(build_annotator, settings.annotate.enrichment)
    return lambda stopping: run(settings, factory, AnnotateMetrics(), stopping)


async def run(
    settings: AnnotateServiceSettings, factory: AnnotatorFactory, metrics: AnnotateMetrics, stopping: Stopping
) -> None:
    """Annotate until asked to stop.

    The page answers from the first moment on, so that /ready can say what is missing. Raises ConfigurationError for
    missing weights and for a topic with other partitions than declared, TransientError when Kafka cannot be reached.
    Any later surprise ends the process with nothing committed.
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
        async with running_pool(settings, factory, metrics, stopping) as pool, connected_admin(settings) as admin:
            if not stopping.is_set():
                health.set_ready(WORKERS, True)
                await _consume(settings, pool, admin, metrics, health, stopping)
    logger.info("service_stopped", stage=Stage.ANNOTATE)


async def _consume(
    settings: AnnotateServiceSettings,
    pool: WorkerPool,
    admin: AIOKafkaAdminClient,
    metrics: AnnotateMetrics,
    health: Health,
    stopping: Stopping,
) -> None:
    """Connect the agent to the stream and run both, with the lag poll beside them."""
    annotate = settings.annotate
    app = build_app(settings.kafka, annotate)
    offset_checker = OffsetChecker(settings.kafka, group=annotate.group, topic=topics.RAW, admin=admin, metrics=metrics)
    stuck_detector = StuckPartitionDetector(
        stall_after=settings.telemetry.stall_after, enough_elsewhere=BUFFERS_ELSEWHERE * annotate.buffered_articles
    )
    stream = ArticleStream(
        app,
        settings,
        admin=admin,
        offset_checker=offset_checker,
        stuck_detector=stuck_detector,
        metrics=metrics,
        health=health,
    )
    agent = Agent(
        annotate,
        pool=pool,
        delivery=Delivery(partial(get_producer, app), deadline=annotate.delivery_deadline),
        offset_checker=offset_checker,
        stuck_detector=stuck_detector,
        reporter=ArticleReporter(metrics),
        health=health,
        halt=stop_at_once,
    )
    async with polling_lag(settings, stream, metrics, health):
        await stream.run(agent.run, stopping)


@contextlib.asynccontextmanager
async def polling_lag(
    settings: AnnotateServiceSettings, stream: ArticleStream, metrics: AnnotateMetrics, health: Health
) -> AsyncIterator[None]:
    """Poll the lag of the stream's partitions in the background."""
    poller = LagPoller(
        settings.kafka,
        stage=Stage.ANNOTATE,
        topic=topics.RAW,
        positions=stream.read_positions,
        metrics=metrics,
        health=health,
        interval=settings.telemetry.lag_interval,
        observe=stream.check_waiting,
        changed=stream.changed,
        # Partitions take turns here. StuckPartitionDetector finds one that waits for more than its turn.
        each_partition=False,
    )
    polling = asyncio.create_task(poller.run(), name="lag")
    try:
        yield
    finally:
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polling


@contextlib.asynccontextmanager
async def running_pool(
    settings: AnnotateServiceSettings, factory: AnnotatorFactory, metrics: AnnotateMetrics, stopping: Stopping
) -> AsyncIterator[WorkerPool]:
    """Run the workers: all are ready, unless the process was asked to stop while they loaded their models."""
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
    starting, stop_requested = asyncio.create_task(pool.start()), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stop_requested}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        yield pool
    finally:
        for task in (starting, stop_requested):
            task.cancel()
        await asyncio.wait({starting, stop_requested})
        await pool.stop()


@contextlib.asynccontextmanager
async def connected_admin(settings: AnnotateServiceSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open the admin client that reads the group's committed offsets."""
    admin = build_admin(settings.kafka, client_id="copydesk-annotate-offsets")
    await within(settings.kafka.request_timeout, "connect to Kafka", admin.start())
    try:
        yield admin
    finally:
        await within(settings.kafka.request_timeout, "close the admin client", admin.close())
