"""The transactional lane: one input partition, one writer, each record's outputs exactly once.

A lane with state opens as soon as it runs, one without waits for the partition's first records. To open, its producer
starts, which fences an older owner and ends that one's transaction; only then it reads the committed offset and its
state, and seeks. What was fetched before is thrown away. From there on each poll is one transaction of outputs, dead
letters and source offset.

Whatever the lane cannot explain ends the process (`Halt`) with nothing committed: the next owner begins at the last
commit and fences what is left of this one.
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

from services.errors import CopydeskError
from services.runtime.kafka.clients import within
from services.runtime.kafka.offsets import MAX_MARKER_GAP, OffsetFollower, OffsetGap, explain_gap, report_retention_loss
from services.runtime.kafka.producer import LaneProducer
from services.runtime.kafka.records import SourceRecord
from services.runtime.lanes.checkpoints import Checkpoints, read_committed
from services.runtime.lanes.handling import HandledRecord, RecordHandler, report
from services.runtime.lanes.replica import Replica
from services.runtime.lanes.restore import RestoreProgress, Restorer
from services.runtime.lanes.snapshot_writer import SnapshotWriter
from services.runtime.lanes.stage_plan import LaneSettings, StagePlan
from services.runtime.service.crash_points import Point, reach
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

POLL_MS = 1_000
"""How long a poll waits for records; they end the wait at once."""
SLICE_RECORDS = 32
"""Records worked on between two turns of the event loop, which serves heartbeats and the other lanes."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LaneDependencies:
    """What the lanes of one process share."""

    plan: StagePlan
    kafka: KafkaSettings
    lanes: LaneSettings
    consumer: AIOKafkaConsumer
    metrics: Metrics
    health: Health
    retrier: Retrier
    reporter: OutcomeReporter
    progress: RestoreProgress
    snapshot_writer: SnapshotWriter
    changed: Callable[[], None]
    """Called when a lane was opened."""


class Lane:
    """One partition's lane; `run` it as a task, `close` it before the partition goes."""

    def __init__(self, partition: TopicPartition, deps: LaneDependencies, kept: Replica | None = None) -> None:
        """`kept` is what an earlier lane of the partition in this process left."""
        self.partition = partition
        self.is_open = False
        self.held: int | None = None
        """The offset of the first record in hand; None while there is none."""
        self._deps = deps
        self._busy = asyncio.Lock()
        self._checkpoints = Checkpoints(
            deps.kafka, deps.lanes.group, partition, deps.plan.checkpoint_topic, deps.plan.stage, deps.metrics
        )
        self._producer = LaneProducer(deps.kafka, deps.lanes.group, partition, deps.plan.written_topics)
        self._restorer = self._build_restorer(kept)

    async def run(self) -> None:
        """Work until cancelled. Any exception means that the process must end."""
        if self._restorer is None:
            await self._poll()
        replica, handler, follower = await self._open()
        while True:
            self._deps.snapshot_writer.write_if_due(self.partition, replica)
            records = await self._poll()
            async with self._busy:
                await self._transact(records, replica, handler, follower)
                self.held = None

    @property
    def must_open(self) -> bool:
        """Whether the lane opens though nothing waits: what comes must not wait for its state to be read back."""
        return self._restorer is not None

    async def close(self, task: asyncio.Task[None]) -> Replica | None:
        """End the task between two transactions and stop the producer; returns the state, as far as it was restored."""
        async with self._busy:
            task.cancel()
            await asyncio.wait([task])
        self.is_open = False
        self.held = None
        await self._producer.stop()
        # What a failed lane had in hand is not committed, and its state is of no use.
        has_failed = not task.cancelled() and task.exception() is not None
        return self._restorer.replica if self._restorer is not None and not has_failed else None

    async def _poll(self) -> Sequence[SourceRecord]:
        """The partition's next records, at least one."""
        deps = self._deps

        async def fetch() -> Sequence[SourceRecord]:
            fetched = await within(
                deps.kafka.request_timeout + POLL_MS / 1000,
                "poll",
                deps.consumer.getmany(self.partition, timeout_ms=POLL_MS, max_records=deps.lanes.transaction_records),
            )
            records: Sequence[SourceRecord] = fetched.get(self.partition, ())
            return records

        while True:
            records = await deps.retrier.call("poll", fetch)
            if records:
                self.held = records[0].offset
                return records

    async def _open(self) -> tuple[Replica, RecordHandler, OffsetFollower]:
        """Fence, then read offset and state, then seek."""
        deps, started = self._deps, time.monotonic()
        await deps.retrier.call("fence", self._producer.fence)
        await reach(Point.FENCED)
        start = await deps.retrier.call("read the committed offset", self._find_start)
        replica, restored = await self._restore()
        deps.consumer.seek(self.partition, start)
        self.held = None
        self.is_open = True
        elapsed = time.monotonic() - started
        deps.metrics.restore_duration.labels(deps.plan.stage).observe(elapsed)
        logger.info(
            "lane_opened",
            stage=deps.plan.stage, topic=self.partition.topic, partition=self.partition.partition, offset=start,
            restored=restored, seconds=round(elapsed, 3),
        )  # fmt: skip
        deps.changed()
        handler = RecordHandler(
            deps.plan.stage, replica.processor, deps.retrier, unexpected_limit=deps.lanes.unexpected_limit
        )
        max_gap = MAX_MARKER_GAP if deps.plan.input_is_transactional else 0
        return replica, handler, OffsetFollower(start, max_gap=max_gap)

    async def _find_start(self) -> int:
        """How far the work has come, or the log's start where nobody knows or retention has passed it."""
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
        return await self._checkpoints.correct(committed)

    async def _find_log_start(self) -> int:
        begins = await within(
            self._deps.kafka.request_timeout,
            "read the log's start",
            self._deps.consumer.beginning_offsets([self.partition]),
        )
        return int(begins[self.partition])

    async def _restore(self) -> tuple[Replica, int]:
        """The state, and how many records of the log were read for it."""
        if self._restorer is None:
            return Replica(self._deps.plan.build_processor(self.partition.partition)), 0
        replica = await self._deps.retrier.call("read the state", self._restorer.restore)
        return replica, self._restorer.restored

    def _build_restorer(self, kept: Replica | None) -> Restorer | None:
        deps, number = self._deps, self.partition.partition
        if deps.plan.state is None:
            return None
        return Restorer(
            deps.kafka,
            deps.plan.stage,
            TopicPartition(deps.plan.state.topic, number),
            lambda: deps.plan.build_processor(number),
            deps.metrics,
            deps.progress,
            deps.snapshot_writer.open_folder(self.partition),
            kept,
        )

    async def _transact(
        self, records: Sequence[SourceRecord], replica: Replica, handler: RecordHandler, follower: OffsetFollower
    ) -> None:
        """One transaction: work on the records, write what came of them, say so."""
        plan, metrics = self._deps.plan, self._deps.metrics
        stage = plan.stage
        for record in records:
            if (gap := follower.follow(record.offset)) is not None:
                await self._explain(gap)
        metrics.taken.labels(stage).inc(len(records))
        metrics.in_flight.labels(stage).inc(len(records))
        with metrics.step_duration.labels(stage, "work").time():
            handled = await self._handle(records, handler)
        outputs = [output for one in handled for output in one.outputs]
        with metrics.step_duration.labels(stage, "transaction").time():
            placed = await self._producer.write(
                outputs, records[-1].offset + 1, partial(self._checkpoints.build, records)
            )
        if plan.state is not None:
            replica.follow([one for one in placed if one.output.topic == plan.state.topic])
        metrics.in_flight.labels(stage).dec(len(records))
        metrics.batch_size.labels(stage).observe(len(records))
        report(handled, self._deps.reporter)
        self._deps.health.progress()

    @staticmethod
    async def _handle(records: Sequence[SourceRecord], handler: RecordHandler) -> list[HandledRecord]:
        handled = []
        for number, record in enumerate(records, start=1):
            handled.append(await handler.handle(record))
            if number % SLICE_RECORDS == 0:
                await asyncio.sleep(0)
        return handled

    async def _explain(self, gap: OffsetGap) -> None:
        """Compare a gap with the log; a loss by retention is reported. Raises CopydeskError if records were skipped."""
        plan = self._deps.plan
        log_start = await self._deps.retrier.call("explain a gap", self._find_log_start)
        # In a topic without transactions each offset has a record. A transactional topic has offsets without records:
        # a gap is then taken for aborted transactions, whose records are invisible here.
        next_record = gap.found if plan.input_is_transactional else max(gap.expected, log_start)
        explain_gap(
            gap, self.partition, stage=plan.stage, metrics=self._deps.metrics, log_start=log_start,
            next_record=next_record,
        )  # fmt: skip
