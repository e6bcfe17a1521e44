"""A stage that runs in lanes, put together: the running stage, the snapshot writer and the lane group."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.contracts.topics import Topic
from services.runtime.kafka.stage_process import RunningStage, open_stage
from services.runtime.kafka.topics import find_cluster_id
from services.runtime.lanes.group import LaneGroup
from services.runtime.lanes.snapshot_writer import SnapshotWriter
from services.runtime.lanes.stage_plan import LaneSettings, StagePlan
from services.runtime.service.garbage import tune_garbage_collector
from services.runtime.service.lifecycle import Stopping
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import ServiceSettings


async def run_stage(
    plan: StagePlan,
    settings: ServiceSettings,
    lane_settings: LaneSettings,
    topics: Iterable[Topic],
    metrics: Metrics,
    stopping: Stopping,
) -> None:
    """Run a plan until the process is asked to stop. Raises as `open_stage` does."""
    tune_garbage_collector()
    lane_settings = lane_settings.model_copy(update={"group": settings.topics.layout.name(lane_settings.group)})
    async with open_stage(plan.stage, settings, topics, metrics, check=plan.check) as running:
        snapshot_writer = await _build_snapshot_writer(plan, lane_settings, running)
        changed = asyncio.Event()
        lanes = LaneGroup(
            plan, settings.kafka, lane_settings, metrics, running.health, snapshot_writer, on_change=changed.set
        )
        async with running.poll_lag(plan.topic, lanes.read_positions, observe=lanes.update_readiness, changed=changed):
            await lanes.run(stopping)


async def _build_snapshot_writer(plan: StagePlan, lane_settings: LaneSettings, running: RunningStage) -> SnapshotWriter:
    cluster = None
    if plan.snapshot_folder is not None:
        cluster = await running.retrier.call("identify Kafka", lambda: find_cluster_id(running.settings.kafka))
    return SnapshotWriter(plan, lane_settings.group, cluster, running.metrics)
