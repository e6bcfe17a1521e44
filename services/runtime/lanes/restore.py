"""Restoring a partition's state when its lane opens: from memory, from a snapshot, or from the log alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from aiokafka.structs import TopicPartition

from services.outcomes import SnapshotOutcome, Stage
from services.runtime.kafka.state_log import StateLog, open_state_log
from services.runtime.lanes.partition_state import PartitionState
from services.runtime.lanes.ports import PartitionProcessor
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotManifest
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings

LOG_INTERVAL = 5.0
"""Seconds between two log lines about the progress of a restore."""

logger = structlog.get_logger()


class RestoreProgress:
    """The progress of all restores of one process, shown in the metrics and in the log."""

    def __init__(self, stage: Stage, metrics: Metrics, health: Health) -> None:
        self._stage = stage
        self._metrics = metrics
        self._health = health
        self._running: dict[TopicPartition, tuple[int, int]] = {}
        """For each running restore, the number of offsets read so far and the total number of offsets."""
        metrics.restoring.labels(stage).set_function(lambda: len(self._running))
        metrics.restore_progress.labels(stage).set_function(self._measure)

    def start(
        self, partition: TopicPartition, first: int, end: int, count_records: Callable[[], int]
    ) -> Callable[[int], None]:
        """Note that a restore starts, from offset `first` up to `end`.

        `count_records` must return the number of records that the restore has read so far.

        Returns a function that the restore must call with each offset that it reaches.
        """
        started = last_logged = time.monotonic()
        counted = counted_before = count_records()
        self._running[partition] = (0, end - first)

        def update(position: int) -> None:
            nonlocal last_logged, counted
            self._health.report_progress()
            self._running[partition] = (position - first, end - first)
            self._metrics.restored.labels(self._stage).inc(count_records() - counted)
            counted, now = count_records(), time.monotonic()
            if now - last_logged >= LOG_INTERVAL:
                last_logged = now
                self._log(partition, position - first, end - first, counted - counted_before, now - started)

        return update

    def finish(self, partition: TopicPartition) -> None:
        """Note that a restore has ended, complete or not."""
        self._running.pop(partition, None)

    def _measure(self) -> float:
        """Return the progress of all running restores, from 0 to 1."""
        total = sum(total for _, total in self._running.values())
        return sum(done for done, _ in self._running.values()) / total if total else 1.0

    def _log(self, partition: TopicPartition, done: int, total: int, records: int, seconds: float) -> None:
        logger.info(
            "restore_progressed",
            stage=self._stage, topic=partition.topic, partition=partition.partition,
            percent=round(100 * done / total, 1), restored=records, records_per_second=round(records / seconds),
        )  # fmt: skip


class Restorer:
    """Restorer of the state of one partition."""

    def __init__(
        self,
        kafka: KafkaSettings,
        stage: Stage,
        partition: TopicPartition,
        *,
        build_processor: Callable[[], PartitionProcessor],
        metrics: Metrics,
        progress: RestoreProgress,
        snapshots: SnapshotFolder | None,
        state: PartitionState | None,
    ) -> None:
        """Prepare a restore.

        Args:
            kafka: Settings of the connection.
            stage: The stage that the state belongs to.
            partition: Partition of the state topic.
            build_processor: Function that builds a processor with an empty state.
            metrics: Metrics that count the snapshots.
            progress: Progress of the process's restores.
            snapshots: Snapshots of the partition; None if there are none.
            state: State that an earlier lane of the partition in this process left; None if there is none.
        """
        self._kafka = kafka
        self._stage = stage
        self._partition = partition
        self._build_processor = build_processor
        self._metrics = metrics
        self._progress = progress
        self._snapshots = snapshots
        self.state = state
        """State that has been restored so far. A restore that was cancelled continues from it."""
        self.restored = 0
        """Number of records of the log that have been read."""

    async def restore(self) -> PartitionState:
        """Return the state after all committed records. Call it when the earlier owners of the partition are fenced.

        Raises TransientError if Kafka does not answer.
        """
        async with open_state_log(self._kafka, self._partition) as log:
            state = self.state = await self._find_base(log)
            first = log.begin if state.last_record is None else state.last_record.offset + 1
            update_progress = self._progress.start(self._partition, first, log.end, lambda: self.restored)
            try:
                async for records in log.stream(first):
                    state.apply(records)
                    self.restored += len(records)
                    update_progress(records[-1].offset + 1)
                update_progress(log.end)
                await _finish_restore(state.processor)
            finally:
                self._progress.finish(self._partition)
        return state

    async def _find_base(self, log: StateLog) -> PartitionState:
        """Return the state to continue from: the one in memory, the newest valid snapshot, or an empty state."""
        if self.state is not None:
            # The state stays while Kafka answers: if a rebalance cancels this lane, the next one continues from it.
            if self.state.last_record is not None and await log.contains(self.state.last_record):
                return self.state
            self.state.processor.close()
            self.state = None
        if self._snapshots is not None:
            await asyncio.to_thread(self._snapshots.delete_unfinished)
            for folder in await asyncio.to_thread(self._snapshots.list):
                if (state := await self._try_snapshot(log, self._snapshots, folder)) is not None:
                    return state
        return PartitionState(self._build_processor())

    async def _try_snapshot(self, log: StateLog, snapshots: SnapshotFolder, folder: Path) -> PartitionState | None:
        """Return the snapshot's state. If it is invalid, delete the snapshot and return None."""
        started = time.monotonic()
        try:
            manifest = await asyncio.to_thread(snapshots.read_manifest, folder)
            if not await log.contains(manifest.last_record):
                raise ValueError(
                    f"the log (offsets {log.begin} to {log.end}) no longer has the snapshot's last record, at offset "
                    f"{manifest.offset}"
                )
            processor = await self._load_snapshot(snapshots, folder, manifest)
        except (OSError, ValueError) as error:
            self._metrics.snapshots.labels(self._stage, SnapshotOutcome.REFUSED).inc()
            logger.warning("snapshot_refused", **self._describe(folder), why=str(error))
            await asyncio.to_thread(snapshots.discard, folder)
            return None
        self._metrics.snapshots.labels(self._stage, SnapshotOutcome.READ).inc()
        seconds = round(time.monotonic() - started, 3)
        logger.info(
            "snapshot_read",
            **self._describe(folder), offset=manifest.offset, bytes=manifest.size, seconds=seconds,
        )  # fmt: skip
        return PartitionState(processor, manifest.last_record)

    async def _load_snapshot(
        self, snapshots: SnapshotFolder, folder: Path, manifest: SnapshotManifest
    ) -> PartitionProcessor:
        processor = self._build_processor()
        try:
            await asyncio.to_thread(snapshots.verify, folder, manifest)
            await asyncio.to_thread(processor.load_snapshot, folder)
        except BaseException:
            processor.close()
            raise
        return processor

    def _describe(self, folder: Path) -> dict[str, object]:
        """Return the log fields that identify a snapshot."""
        return {
            "stage": self._stage,
            "topic": self._partition.topic,
            "partition": self._partition.partition,
            "folder": str(folder),
        }


async def _finish_restore(processor: PartitionProcessor) -> None:
    """Call `finish_restore` in a thread, and wait for the thread even if this task is cancelled.

    After a cancellation, another lane may restore further records into the same processor.
    """
    finishing = asyncio.ensure_future(asyncio.to_thread(processor.finish_restore))
    is_cancelled = False
    while not finishing.done():
        try:
            await asyncio.wait([finishing])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        raise asyncio.CancelledError
    finishing.result()
