"""Bringing a partition's state up to date when its lane opens: from memory, from a snapshot, or from the log alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from aiokafka.structs import TopicPartition

from services.outcomes import SnapshotOutcome, Stage
from services.runtime.kafka.records import SourceRecord
from services.runtime.kafka.state_log import StateLog, open_state_log
from services.runtime.lanes.ports import PartitionProcessor
from services.runtime.lanes.replica import Replica
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotManifest
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings

TELL_INTERVAL = 5.0
"""Seconds between two log lines on how far a restore has come."""

logger = structlog.get_logger()


class RestoreProgress:
    """Shows how far the restores of one process have come, in metrics and log."""

    def __init__(self, stage: Stage, metrics: Metrics, health: Health) -> None:
        self._stage = stage
        self._metrics = metrics
        self._health = health
        self._running: dict[TopicPartition, tuple[int, int]] = {}
        metrics.restoring.labels(stage).set_function(lambda: len(self._running))
        metrics.restore_progress.labels(stage).set_function(self._measure)

    def begin(self, partition: TopicPartition, first: int, end: int, count: Callable[[], int]) -> Callable[[int], None]:
        """A restore of the offsets from `first` up to `end` begins; tell the answer each position that it reaches.

        `count` says how many records it has read.
        """
        started = told = time.monotonic()
        counted = before = count()
        self._running[partition] = (0, end - first)

        def tell(position: int) -> None:
            nonlocal told, counted
            self._health.progress()
            self._running[partition] = (position - first, end - first)
            self._metrics.restored.labels(self._stage).inc(count() - counted)
            counted, now = count(), time.monotonic()
            if now - told >= TELL_INTERVAL:
                told = now
                self._log(partition, position - first, end - first, counted - before, now - started)

        return tell

    def end(self, partition: TopicPartition) -> None:
        """It is complete, or was given up."""
        self._running.pop(partition, None)

    def _measure(self) -> float:
        total = sum(total for _, total in self._running.values())
        return sum(done for done, _ in self._running.values()) / total if total else 1.0

    def _log(self, partition: TopicPartition, done: int, total: int, records: int, seconds: float) -> None:
        logger.info(
            "state_restoring",
            stage=self._stage, topic=partition.topic, partition=partition.partition,
            percent=round(100 * done / total, 1), restored=records, records_per_second=round(records / seconds),
        )  # fmt: skip


class Restorer:
    """Restores the state of one partition."""

    def __init__(
        self,
        kafka: KafkaSettings,
        stage: Stage,
        source: TopicPartition,
        build_processor: Callable[[], PartitionProcessor],
        metrics: Metrics,
        progress: RestoreProgress,
        snapshots: SnapshotFolder | None,
        kept: Replica | None,
    ) -> None:
        """`source` is the partition of the state topic, `kept` a state to begin with where one is at hand."""
        self._kafka = kafka
        self._stage = stage
        self._source = source
        self._build_processor = build_processor
        self._metrics = metrics
        self._progress = progress
        self._snapshots = snapshots
        self.replica = kept
        """What is restored so far; a restore that was broken off goes on from there."""
        self.restored = 0
        """Records of the log that were read."""

    async def restore(self) -> Replica:
        """The state of all that is committed. Call it when the partition is fenced; raises TransientError."""
        async with open_state_log(self._kafka, self._source) as log:
            replica = self.replica = await self._find_base(log)
            first = log.begin if replica.mark is None else replica.mark.offset + 1
            tell = self._progress.begin(self._source, first, log.end, lambda: self.restored)
            try:
                await log.read(first, self._take, tell)
                await _finish_restore(replica.processor)
            finally:
                self._progress.end(self._source)
        return replica

    def _take(self, records: Sequence[SourceRecord]) -> None:
        assert self.replica is not None, "there is one before the log is read"
        self.replica.take(records)
        self.restored += len(records)

    async def _find_base(self, log: StateLog) -> Replica:
        """The state to read on from: the one at hand, the furthest snapshot that is right, or an empty one."""
        held, self.replica = self.replica, None
        if held is not None:
            if held.mark is not None and await log.holds(held.mark):
                return held
            held.processor.close()
        if self._snapshots is not None:
            await asyncio.to_thread(self._snapshots.sweep)
            for folder in await asyncio.to_thread(self._snapshots.list):
                if (replica := await self._try_snapshot(log, self._snapshots, folder)) is not None:
                    return replica
        return Replica(self._build_processor())

    async def _try_snapshot(self, log: StateLog, snapshots: SnapshotFolder, folder: Path) -> Replica | None:
        """The snapshot's state; None, and the snapshot is removed, when it cannot be believed."""
        started = time.monotonic()
        try:
            manifest = await asyncio.to_thread(snapshots.read_manifest, folder)
            if not await log.holds(manifest.mark):
                raise ValueError(f"the log, {log.begin} to {log.end}, has not the record at {manifest.offset} any more")
            work = await self._load_snapshot(snapshots, folder, manifest)
        except (OSError, ValueError) as error:
            self._metrics.snapshots.labels(self._stage, SnapshotOutcome.REFUSED).inc()
            self._log("snapshot_refused", folder, why=str(error))
            await asyncio.to_thread(snapshots.discard, folder)
            return None
        self._metrics.snapshots.labels(self._stage, SnapshotOutcome.READ).inc()
        seconds = round(time.monotonic() - started, 3)
        self._log("snapshot_read", folder, offset=manifest.offset, bytes=manifest.size, seconds=seconds)
        return Replica(work, manifest.mark)

    async def _load_snapshot(
        self, snapshots: SnapshotFolder, folder: Path, manifest: SnapshotManifest
    ) -> PartitionProcessor:
        work = self._build_processor()
        try:
            await asyncio.to_thread(snapshots.verify, folder, manifest)
            await asyncio.to_thread(work.load_snapshot, folder)
        except BaseException:
            work.close()
            raise
        return work

    def _log(self, event: str, folder: Path, **fields: object) -> None:
        log = logger.warning if event == "snapshot_refused" else logger.info
        log(
            event, stage=self._stage, topic=self._source.topic, partition=self._source.partition, folder=str(folder),
            **fields,
        )  # fmt: skip


async def _finish_restore(work: PartitionProcessor) -> None:
    """Also when it is cancelled meanwhile, it ends after the thread: the state may be restored further then."""
    settling = asyncio.ensure_future(asyncio.to_thread(work.finish_restore))
    is_cancelled = False
    while not settling.done():
        try:
            await asyncio.wait([settling])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        raise asyncio.CancelledError
    settling.result()
