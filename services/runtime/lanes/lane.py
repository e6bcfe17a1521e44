"""The transactional lane: one input partition, one writer, each record's outputs exactly once.

A lane with state opens immediately; a lane without state waits for the first records of its partition. Opening has this
order: the producer starts, which fences an earlier owner and ends its transaction; only then the lane reads the
committed offset and its state, and seeks. Records that were fetched before the seek are discarded. After that, the
records of each poll are one transaction of outputs, dead letters and source offset.

Any exception that leaves a lane ends the process without a commit (see `LaneGroup`). The next owner starts at the last
commit and fences whatever this process has left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.runtime.kafka.clients import within
from services.runtime.kafka.offsets import (
    MAX_MARKER_GAP,
    OffsetFollower,
    check_gap,
    report_retention_loss,
)
from services.runtime.kafka.producer import LaneProducer
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.lanes.checkpoints import CheckpointLog, read_committed
from services.runtime.lanes.partition_state import PartitionState
from services.runtime.lanes.record_handler import HandledRecord, RecordHandler, report
from services.runtime.lanes.restore import RestoreProgress, Restorer
from services.runtime.lanes.snapshot_writer import SnapshotWriter
from services.runtime.lanes.stage_plan import LaneSettings, StagePlan
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

POLL_MS = 1_000
"""Maximum milliseconds that a poll waits for records; it returns as soon as there are some."""
SLICE_RECORDS = 32
"""Number of records that are processed before the event loop runs other tasks: heartbeats and the other lanes."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LaneDependencies:
    """The objects that all lanes of one process share."""

    plan: StagePlan
    kafka: KafkaSettings
    settings: LaneSettings
    consumer: AIOKafkaConsumer
    metrics: Metrics
    health: Health
    retrier: Retrier
    reporter: OutcomeReporter
    restore_progress: RestoreProgress
    snapshot_writer: SnapshotWriter
    on_change: Callable[[], None]
    """Function that is called when a lane has been opened."""


class Lane:
    """The lane of one partition. Call `run` as a task, and `close` before the partition is given up."""

    def __init__(self, partition: TopicPartition, deps: LaneDependencies, state: PartitionState | None = None) -> None:
        """`state` is the state that an earlier lane of the partition in this process left."""
        self.partition = partition
        self.is_open = False
        self.first_uncommitted: int | None = None
        """Offset of the first record that was fetched and is not yet committed; None if there is none."""
        self._deps = deps
        self._transaction_lock = asyncio.Lock()
        self._checkpoints = CheckpointLog(
            deps.kafka,
            deps.settings.group,
            partition,
            topic=deps.plan.checkpoint_topic,
            stage=deps.plan.stage,
            metrics=deps.metrics,
        )
        self._producer = LaneProducer(deps.kafka, deps.settings.group, partition, deps.plan.list_written_topics)
        self._restorer = self._build_restorer(state)

    async def run(self) -> None:
        """Process records until cancelled. After any exception the process must end."""
        if self._restorer is None:
            await self._poll()
        state, handler, follower = await self._open()
        while True:
            self._deps.snapshot_writer.write_if_due(self.partition, state)
            records = await self._poll()
            async with self._transaction_lock:
                await self._transact(records, state, handler, follower)
                self.first_uncommitted = None

    @property
    def has_state(self) -> bool:
        """True if the lane has state. It then opens before records arrive: they must not wait for the restore."""
        return self._restorer is not None

    async def close(self, task: asyncio.Task[None]) -> PartitionState | None:
        """Cancel the task that runs the lane, between two transactions, and stop the producer.

        Returns the state, even if its restore is incomplete; None if the lane has no state or has failed.
        """
        async with self._transaction_lock:
            task.cancel()
            await asyncio.wait([task])
        self.is_open = False
        self.first_uncommitted = None
        await self._producer.stop()
        # The state of a failed lane may contain records that are not committed.
        has_failed = not task.cancelled() and task.exception() is not None
        return self._restorer.state if self._restorer is not None and not has_failed else None

    async def _poll(self) -> Sequence[ConsumedRecord]:
        """Wait for the next records of the partition; return at least one."""
        deps = self._deps

        async def fetch() -> Sequence[ConsumedRecord]:
            fetched = await within(
                deps.kafka.request_timeout + POLL_MS / 1000,
                "poll",
                deps.consumer.getmany(
                    self.partition, timeout_ms=POLL_MS, max_records=deps.settings.transaction_records
                ),
            )
            records: Sequence[ConsumedRecord] = fetched.get(self.partition, ())
            return records

        while True:
            records = await deps.retrier.call("poll", fetch)
            if records:
                self.first_uncommitted = records[0].offset
                return records

    async def _open(self) -> tuple[PartitionState, RecordHandler, OffsetFollower]:
        """Fence the earlier owners, then read the offset and the state, then seek."""
        deps, started = self._deps, time.monotonic()
        await deps.retrier.call("fence", self._producer.fence)
        await reach(CrashPoint.FENCED)
        start = await deps.retrier.call("read the committed offset", self._find_start)
        state, restored = await self._restore()
        deps.consumer.seek(self.partition, start)
        self.first_uncommitted = None
        self.is_open = True
        elapsed = time.monotonic() - started
        deps.metrics.restore_duration.labels(deps.plan.stage).observe(elapsed)
        logger.info(
            "lane_opened",
            stage=deps.plan.stage, topic=self.partition.topic, partition=self.partition.partition, offset=start,
            restored=restored, seconds=round(elapsed, 3),
        )  # fmt: skip
        deps.on_change()
        handler = RecordHandler(
            deps.plan.stage, state.processor, deps.retrier, unexpected_limit=deps.settings.unexpected_limit
        )
        max_gap = MAX_MARKER_GAP if deps.plan.input_is_transactional else 0
        return state, handler, OffsetFollower(start, max_gap=max_gap)

    async def _find_start(self) -> int:
        """Return the offset to start from: the committed one, but never below the log's start.

        If nothing is committed, the lane starts at the log's start. A loss by retention is reported.
        """
        position = await self._find_position()
        log_start = await self._find_log_start()
        if position is not None and position < log_start:
            report_retention_loss(
                self.partition, position, log_start, stage=self._deps.plan.stage, metrics=self._deps.metrics
            )
        return log_start if position is None else max(position, log_start)

    async def _find_position(self) -> int | None:
        deps = self._deps
        committed = await read_committed(deps.consumer, self.partition, deps.kafka.request_timeout)
        return await self._checkpoints.correct_offset(committed)

    async def _find_log_start(self) -> int:
        starts = await within(
            self._deps.kafka.request_timeout,
            "read the log's start",
            self._deps.consumer.beginning_offsets([self.partition]),
        )
        return int(starts[self.partition])

    async def _restore(self) -> tuple[PartitionState, int]:
        """Return the state, and the number of records of the log that were read for it."""
        if self._restorer is None:
            return PartitionState(self._deps.plan.build_processor(self.partition.partition)), 0
        state = await self._deps.retrier.call("read the state", self._restorer.restore)
        return state, self._restorer.restored

    def _build_restorer(self, state: PartitionState | None) -> Restorer | None:
        deps, number = self._deps, self.partition.partition
        if deps.plan.state is None:
            return None
        return Restorer(
            deps.kafka,
            deps.plan.stage,
            TopicPartition(deps.plan.state.topic, number),
            build_processor=lambda: deps.plan.build_processor(number),
            metrics=deps.metrics,
            progress=deps.restore_progress,
            snapshots=deps.snapshot_writer.open_folder(self.partition),
            state=state,
        )

    async def _transact(
        self, records: Sequence[ConsumedRecord], state: PartitionState, handler: RecordHandler, follower: OffsetFollower
    ) -> None:
        """Process records in one transaction: handle them, write the outputs, commit, report the outcomes."""
        plan, metrics = self._deps.plan, self._deps.metrics
        stage = plan.stage
        for record in records:
            if (gap := follower.follow(record.offset)) is not None:
                await check_gap(
                    self._deps.kafka,
                    self.partition,
                    gap,
                    stage=stage,
                    metrics=metrics,
                    retrier=self._deps.retrier,
                )
        metrics.received.labels(stage).inc(len(records))
        metrics.in_flight.labels(stage).inc(len(records))
        state.processor.begin_transaction()
        with metrics.step_duration.labels(stage, "work").time():
            handled = await self._handle(records, handler)
        outputs = [output for one in handled for output in one.outputs]
        with metrics.step_duration.labels(stage, "transaction").time():
            placed = await self._producer.write(
                outputs, records[-1].offset + 1, partial(self._checkpoints.build_record, records)
            )
        if plan.state is not None:
            state.advance([one for one in placed if one.output.topic == plan.state.topic])
        metrics.in_flight.labels(stage).dec(len(records))
        metrics.batch_size.labels(stage).observe(len(records))
        report(handled, self._deps.reporter)
        self._deps.health.report_progress()

    @staticmethod
    async def _handle(records: Sequence[ConsumedRecord], handler: RecordHandler) -> list[HandledRecord]:
        handled = []
        for number, record in enumerate(records, start=1):
            handled.append(await handler.handle(record))
            if number % SLICE_RECORDS == 0:
                await asyncio.sleep(0)
        return handled
