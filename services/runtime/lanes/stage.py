"""A service that works in lanes, put together: page, topics, lag poll, lanes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

import structlog

from services.contracts.topics import Topic
from services.runtime.kafka.lag import LagPoller
from services.runtime.kafka.topics import create_topics, find_cluster_id
from services.runtime.lanes.group import LaneGroup
from services.runtime.lanes.snapshot_writer import SnapshotWriter
from services.runtime.lanes.stage_plan import LaneSettings, StagePlan
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import ServiceSettings
from services.runtime.service.web import build_page, serve

logger = structlog.get_logger()


async def run_stage(
    plan: StagePlan,
    settings: ServiceSettings,
    lane_settings: LaneSettings,
    topics: Iterable[Topic],
    metrics: Metrics,
    stopping: Stopping,
) -> None:
    """Run a plan until asked to stop.

    The page answers from the first moment on, so that /ready can say what is missing. Raises ConfigurationError for a
    topic with other partitions than declared and for what the plan's check refuses, TransientError when Kafka cannot be
    reached.
    """
    telemetry = settings.telemetry
    health = Health(plan.stage, metrics, stall_after=telemetry.stall_after)
    declared = tuple(topics)
    async with serve(build_page(metrics, health), telemetry.host, telemetry.port) as (host, port):
        logger.info("service_started", stage=plan.stage, host=host, port=port)
        retrier = Retrier(plan.stage, metrics)
        await retrier.call("create topics", lambda: create_topics(settings.kafka, declared))
        if (check := plan.check) is not None:
            await retrier.call("check before work", lambda: check(settings.kafka))
        cluster = None
        if plan.snapshot_folder is not None:
            cluster = await retrier.call("identify Kafka", lambda: find_cluster_id(settings.kafka))
        snapshot_writer = SnapshotWriter(plan, lane_settings.group, cluster, metrics)
        await _work(plan, settings, lane_settings, metrics, health, snapshot_writer, stopping)
    logger.info("service_stopped", stage=plan.stage)


async def _work(
    plan: StagePlan,
    settings: ServiceSettings,
    lane_settings: LaneSettings,
    metrics: Metrics,
    health: Health,
    snapshot_writer: SnapshotWriter,
    stopping: Stopping,
) -> None:
    """Lanes, and the lag poll beside them."""
    changed = asyncio.Event()
    lanes = LaneGroup(plan, settings.kafka, lane_settings, metrics, health, snapshot_writer, changed=changed.set)
    poller = LagPoller(
        settings.kafka,
        stage=plan.stage,
        topic=plan.topic,
        positions=lanes.positions,
        metrics=metrics,
        health=health,
        interval=settings.telemetry.lag_interval,
        observe=lanes.observe,
        changed=changed,
    )
    polling = asyncio.create_task(poller.run(), name="lag")
    try:
        await lanes.run(stopping)
    finally:
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polling
