"""Writing of snapshots in the background: when a snapshot is due, while the lane continues to process records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from aiokafka.structs import TopicPartition

from services.outcomes import SnapshotOutcome
from services.runtime.kafka.state_log import RecordFingerprint
from services.runtime.lanes.partition_state import PartitionState
from services.runtime.lanes.ports import WriteState
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotSource
from services.runtime.lanes.stage_plan import SnapshotSettings, StagePlan
from services.runtime.service.metrics import Metrics

CLOSE_DEADLINE = 10.0
"""Maximum seconds for the last snapshots while the process stops: half of the default shutdown deadline. If they are
not written in time, a restart reads more of the log instead."""

logger = structlog.get_logger()


class SnapshotWriter:
    """The writer of all snapshots of one process. It writes one at a time, so that at most one state is copied."""

    def __init__(self, plan: StagePlan, group: str, cluster: str | None, metrics: Metrics) -> None:
        """`cluster` is Kafka's cluster id; it may be None if the plan has no snapshots."""
        self._settings = plan.state.snapshots if plan.state is not None else SnapshotSettings()
        self._plan = plan
        self._group = group
        self._cluster = cluster
        self._metrics = metrics
        self._last_started: dict[TopicPartition, float] = {}
        """Time (monotonic clock) at which the last snapshot of each partition was started."""
        self._writing: asyncio.Task[None] | None = None

    def open_folder(self, partition: TopicPartition) -> SnapshotFolder | None:
        """Return the folder of an input partition's snapshots; None if the stage writes none."""
        state, root, cluster = self._plan.state, self._plan.snapshot_folder, self._cluster
        if state is None or root is None or cluster is None:
            return None
        source = SnapshotSource(cluster, state.topic, partition.partition, self._group, state.identity)
        return SnapshotFolder(root.expanduser(), source)

    def write_if_due(self, partition: TopicPartition, state: PartitionState) -> None:
        """Start writing a snapshot if one is due. Call it between two transactions, on the lane's own task."""
        elapsed = time.monotonic() - self._last_started.get(partition, float("-inf"))
        if elapsed >= self._settings.interval and self._has_enough_records(state) and not self._is_writing:
            self._start(partition, state)

    async def close(self, states: Mapping[TopicPartition, PartitionState]) -> None:
        """Write a last snapshot of each partition, most new records first. Stop at the deadline.

        Call it when all lanes are closed.
        """
        try:
            async with asyncio.timeout(CLOSE_DEADLINE):
                for partition, state in sorted(states.items(), key=lambda item: -item[1].records_since_snapshot):
                    await self._wait()
                    if self._has_enough_records(state):
                        self._start(partition, state)
                await self._wait()
        except TimeoutError:
            logger.warning("last_snapshots_timed_out", stage=self._plan.stage, seconds=CLOSE_DEADLINE)

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None and not self._writing.done()

    def _has_enough_records(self, state: PartitionState) -> bool:
        return state.last_record is not None and state.records_since_snapshot >= self._settings.records

    async def _wait(self) -> None:
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _start(self, partition: TopicPartition, state: PartitionState) -> None:
        folder, last_record = self.open_folder(partition), state.last_record
        if folder is None or last_record is None:
            return
        self._last_started[partition] = started = time.monotonic()
        write_state = state.processor.snapshot()
        paused = time.monotonic() - started
        state.records_since_snapshot = 0
        self._writing = asyncio.create_task(
            self._write(partition, folder, write_state, last_record, paused), name="snapshot"
        )
        self._writing.add_done_callback(self._report_bug)

    async def _write(
        self,
        partition: TopicPartition,
        folder: SnapshotFolder,
        write_state: WriteState,
        last_record: RecordFingerprint,
        paused: float,
    ) -> None:
        stage, metrics, started = self._plan.stage, self._metrics, time.monotonic()
        where = {
            "stage": stage,
            "topic": partition.topic,
            "partition": partition.partition,
            "offset": last_record.offset,
        }
        try:
            manifest = await asyncio.to_thread(folder.write, write_state, last_record)
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

    def _report_bug(self, task: asyncio.Task[None]) -> None:
        """Log an unexpected exception. It costs only the snapshot: the log still has the whole state."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._metrics.snapshots.labels(self._plan.stage, SnapshotOutcome.FAILED).inc()
            logger.error("snapshot_failed", stage=self._plan.stage, exc_info=error)
