"""Composition root of annotate: the only module that connects the agent, the workers, faust and the metrics."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial

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
from services.runtime.kafka.clients import open_admin
from services.runtime.kafka.shard_map import check_shards
from services.runtime.kafka.stage_process import RunningStage, open_stage
from services.runtime.service.lifecycle import Stopping, stop_immediately
from services.runtime.service.process_usage import CpuTotal, read_resident_bytes
from services.runtime.service.start import Main, start_service

WORKERS = "workers"
"""Readiness part: true when every worker has loaded its models."""
MEBIBYTE = 2**20
BUFFERS_ELSEWHERE = 20
"""Number of full buffers of other partitions' records after which a waiting partition counts as stuck. After fewer, it
may only be waiting for its turn."""


def main(environ: Mapping[str, str]) -> int:
    """Run annotate until it is asked to stop, and return the exit code."""
    return start_service(AnnotateServiceSettings, environ, Stage.ANNOTATE, build)


def build(settings: AnnotateServiceSettings) -> Main:
    """Return the service's main coroutine function, with the real enrichment pipeline in its workers."""
    factory = partial(build_annotator, settings.annotate.enrichment)
    return lambda stopping: run(settings, factory, AnnotateMetrics(), stopping)


async def run(
    settings: AnnotateServiceSettings, factory: AnnotatorFactory, metrics: AnnotateMetrics, stopping: Stopping
) -> None:
    """Annotate until asked to stop.

    Raises as `open_stage` does, and ConfigurationError for missing weights. Any later surprise ends the process with
    nothing committed.
    """
    layout = settings.topics.layout
    declared = topics.declare_topics(layout)
    check = partial(check_shards, declared=settings.topics.shard_map, layout=layout)
    async with (
        open_stage(Stage.ANNOTATE, settings, declared, metrics, check=check, parts=(CONSUMER, WORKERS)) as running,
        running_pool(settings, factory, metrics, stopping) as pool,
        open_admin(settings.kafka, client_id="copydesk-annotate-offsets") as admin,
    ):
        if not stopping.is_set():
            running.health.set_ready(WORKERS, True)
            await _consume(running, settings, pool, admin, metrics, stopping)


async def _consume(
    running: RunningStage,
    settings: AnnotateServiceSettings,
    pool: WorkerPool,
    admin: AIOKafkaAdminClient,
    metrics: AnnotateMetrics,
    stopping: Stopping,
) -> None:
    """Connect the agent to the stream and run both together with the lag poll."""
    layout = settings.topics.layout
    annotate = settings.annotate.model_copy(update={"group": layout.name(settings.annotate.group)})
    settings = settings.model_copy(update={"annotate": annotate})
    raw = layout.name(topics.RAW)
    app = build_app(settings.kafka, annotate)
    offset_checker = OffsetChecker(settings.kafka, group=annotate.group, topic=raw, admin=admin, metrics=metrics)
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
        health=running.health,
    )
    agent = Agent(
        annotate,
        pool=pool,
        delivery=Delivery(
            partial(get_producer, app),
            deadline=annotate.delivery_deadline,
            shards=settings.topics.shard_map,
            topic=layout.name(topics.ANNOTATED),
        ),
        offset_checker=offset_checker,
        stuck_detector=stuck_detector,
        reporter=ArticleReporter(metrics),
        health=running.health,
        halt=stop_immediately,
    )
    lag_poll = running.poll_lag(
        raw,
        stream.read_positions,
        observe=stream.check_waiting,
        changed=stream.changed,
        # Partitions take turns here. StuckPartitionDetector finds one that waits for more than its turn.
        each_partition=False,
    )
    try:
        async with lag_poll:
            await stream.run(agent.run, stopping)
    finally:
        await offset_checker.close()


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
        on_lost=lambda reason: metrics.worker_losses.labels(reason).inc(),
    )
    metrics.workers_memory.set_function(lambda: sum(map(read_resident_bytes, pool.pids)))
    metrics.count_workers_cpu(CpuTotal(lambda: pool.pids))
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
