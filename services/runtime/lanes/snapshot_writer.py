"""Writing snapshots beside the work: when one is due, of a state that stands still while it is copied, not longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from aiokafka.structs import TopicPartition

from services.outcomes import SnapshotOutcome
from services.runtime.kafka.state_log import Mark
from services.runtime.lanes.ports import WriteState
from services.runtime.lanes.replica import Replica
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotSource
from services.runtime.lanes.stage_plan import SnapshotSettings, StagePlan
from services.runtime.service.metrics import Metrics

CLOSING_TIME = 10.0
"""Seconds that the last snapshots may take while the process ends: half of the default shutdown deadline. After them a
restart reads the rest of the log instead."""

logger = structlog.get_logger()


class SnapshotWriter:
    """The snapshots of one process. One is written at a time, so that no more than one state is in memory twice."""

    def __init__(self, plan: StagePlan, group: str, cluster: str | None, metrics: Metrics) -> None:
        """`cluster` is Kafka's cluster id; None will do where the plan keeps no snapshots."""
        self._settings = plan.state.snapshots if plan.state is not None else SnapshotSettings()
        self._plan = plan
        self._group = group
        self._cluster = cluster
        self._metrics = metrics
        self._begun: dict[TopicPartition, float] = {}
        self._writing: asyncio.Task[None] | None = None

    def open_folder(self, partition: TopicPartition) -> SnapshotFolder | None:
        """Where the snapshots of an input partition's state lie; None when none are kept."""
        state, root, cluster = self._plan.state, self._plan.snapshot_folder, self._cluster
        if state is None or root is None or cluster is None:
            return None
        source = SnapshotSource(cluster, state.topic, partition.partition, self._group, state.identity)
        return SnapshotFolder(root.expanduser(), source)

    def write_if_due(self, partition: TopicPartition, replica: Replica) -> None:
        """Begin a snapshot if one is due. Call it between two transactions, on the lane's own task."""
        waited = time.monotonic() - self._begun.get(partition, float("-inf"))
        if waited >= self._settings.interval and self._is_wanted(replica) and not self._is_writing:
            self._begin(partition, replica)

    async def close(self, replicas: Mapping[TopicPartition, Replica]) -> None:
        """Write what is wanted of each, the longest to read back first, while there is time. The lanes are closed."""
        try:
            async with asyncio.timeout(CLOSING_TIME):
                for partition, replica in sorted(replicas.items(), key=lambda item: -item[1].records_since_snapshot):
                    await self._finish()
                    if self._is_wanted(replica):
                        self._begin(partition, replica)
                await self._finish()
        except TimeoutError:
            logger.warning("snapshots_not_finished", stage=self._plan.stage)

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None and not self._writing.done()

    def _is_wanted(self, replica: Replica) -> bool:
        return replica.mark is not None and replica.records_since_snapshot >= self._settings.records

    async def _finish(self) -> None:
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _begin(self, partition: TopicPartition, replica: Replica) -> None:
        folder, mark = self.open_folder(partition), replica.mark
        if folder is None or mark is None:
            return
        self._begun[partition] = started = time.monotonic()
        dump = replica.processor.snapshot()
        paused = time.monotonic() - started
        replica.records_since_snapshot = 0
        self._writing = asyncio.create_task(self._write(partition, folder, dump, mark, paused), name="snapshot")
        self._writing.add_done_callback(self._report)

    async def _write(
        self, partition: TopicPartition, folder: SnapshotFolder, dump: WriteState, mark: Mark, paused: float
    ) -> None:
        stage, metrics, started = self._plan.stage, self._metrics, time.monotonic()
        where = {"stage": stage, "topic": partition.topic, "partition": partition.partition, "offset": mark.offset}
        try:
            manifest = await asyncio.to_thread(folder.write, dump, mark)
        except (OSError, ValueError) as error:
            metrics.snapshots.labels(stage, SnapshotOutcome.FAILED).inc()
            logger.error("snapshot_failed", error=str(error), **where)
            return
        seconds = time.monotonic() - started
        metrics.snapshots.labels(stage, SnapshotOutcome.WRITTEN).inc()
        metrics.snapshot_duration.labels(stage).observe(seconds)
        logger.info(
            "snapshot_written", paused=round(paused, 3), seconds=round(seconds, 3), bytes=manifest.size, **where
        )

    def _report(self, task: asyncio.Task[None]) -> None:
        """A bug in a dump costs its snapshot and nothing else: the log has it all."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._metrics.snapshots.labels(self._plan.stage, SnapshotOutcome.FAILED).inc()
            logger.error("snapshot_failed", stage=self._plan.stage, exc_info=error)
