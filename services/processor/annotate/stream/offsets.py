"""Nothing jumped over: faust was seen to pass fetched records by when a broker went away during a rebalance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError, TransientError
from services.outcomes import Reason, Stage
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.lag import read_committed_positions
from services.runtime.kafka.offsets import Gap
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

READ_WITHIN = 10.0
"""Seconds for the log to give the record that a gap ends at, which is known to exist."""
POLL_MS = 200

logger = structlog.get_logger()


class Offsets:
    """Follows the offsets of the partitions held here. Pure.

    What is below the expected offset was worked on and may come again; what is above it must not come first.
    """

    def __init__(self) -> None:
        self._expected: dict[int, int] = {}

    def unknown(self, partitions: Iterable[int]) -> set[int]:
        """Those of the partitions that `begin` was not called for."""
        return set(partitions) - self._expected.keys()

    def begin(self, partition: int, expected: int) -> None:
        """The offset of the first record that must be worked on."""
        self._expected[partition] = expected

    def forget(self) -> None:
        """The partitions were taken away; they may come back with a later commit."""
        self._expected.clear()

    def follow(self, partition: int, offset: int) -> Gap | None:
        """Take the next record of a partition in; returns what was passed by, if anything was."""
        expected = self._expected[partition]
        self._expected[partition] = max(expected, offset + 1)
        return Gap(expected, offset) if offset > expected else None


class Watch:
    """Checks offsets, and each gap against the log: a marker of a transaction or a cut by retention is no loss."""

    def __init__(
        self, kafka: KafkaSettings, *, group: str, topic: str, admin: AIOKafkaAdminClient, metrics: Metrics
    ) -> None:
        self._kafka = kafka
        self._group = group
        self._topic = topic
        self._admin = admin
        self._metrics = metrics
        self._retrier = Retrier(Stage.ANNOTATE, metrics)
        self._offsets = Offsets()

    def forget(self) -> None:
        """Partitions were taken away."""
        self._offsets.forget()

    async def check(self, records: Iterable[tuple[int, int]]) -> None:
        """Take records in, as partition and offset, in the order in which they came.

        Raises CopydeskError when one was passed by: the process must end without committing. TransientError when
        Kafka does not say.
        """
        taken = list(records)
        unknown = self._offsets.unknown(partition for partition, _ in taken)
        if unknown:
            begins = await self._retrier.call("read where to begin", lambda: self._find_begins(unknown))
            for partition, expected in begins.items():
                self._offsets.begin(partition, expected)
        for partition, offset in taken:
            if (gap := self._offsets.follow(partition, offset)) is not None:
                await self._retrier.call("explain a gap", partial(self._explain, partition, gap))

    async def _find_begins(self, partitions: set[int]) -> Mapping[int, int]:
        """The committed offset of each partition, or the log's start where nothing is committed."""
        held = [TopicPartition(self._topic, number) for number in sorted(partitions)]
        positions = await read_committed_positions(self._admin, self._kafka, self._group, held)
        return {held_by.partition: position for held_by, position in positions.items()}

    async def _explain(self, partition: int, gap: Gap) -> None:
        source = TopicPartition(self._topic, partition)
        reader = build_reader(self._kafka, client_id="copydesk-annotate-gap", isolation_level="read_uncommitted")
        await within(self._kafka.request_timeout, "start reading the log", reader.start())
        try:
            log_start, first = await self._look(reader, source, gap)
        finally:
            await within(self._kafka.request_timeout, "stop reading the log", reader.stop())
        if first < gap.found:
            raise CopydeskError(
                f"{self._topic}-{partition}: offset {gap.found} came where {gap.expected} was due, and the log has "
                f"{first}",
                reason=Reason.UNEXPECTED,
                stage=Stage.ANNOTATE,
            )
        if gap.is_explained_by(log_start) and gap.expected > 0:
            self._metrics.lost_to_retention.labels(Stage.ANNOTATE).inc(log_start - gap.expected)
            logger.critical(
                "records_lost_to_retention",
                stage=Stage.ANNOTATE, topic=self._topic, partition=partition, first=gap.expected, next=log_start,
            )  # fmt: skip
        else:
            logger.info("gap_without_records", partition=partition, expected=gap.expected, found=gap.found)

    async def _look(self, reader: AIOKafkaConsumer, source: TopicPartition, gap: Gap) -> tuple[int, int]:
        """The log's first offset, and that of its first record at or behind the expected offset."""
        timeout = self._kafka.request_timeout
        begins = await within(timeout, "read the log's start", reader.beginning_offsets([source]))
        reader.assign([source])
        reader.seek(source, max(gap.expected, begins[source]))
        deadline = time.monotonic() + READ_WITHIN
        while time.monotonic() < deadline:
            fetched = await within(timeout, "read the log", reader.getmany(source, timeout_ms=POLL_MS, max_records=1))
            for record in fetched.get(source, ()):
                return int(begins[source]), int(record.offset)
        raise TransientError(f"{source.topic}-{source.partition}: the log does not show offset {gap.found}")


class Movement:
    """Whether each partition that has records waiting is worked on: one that faust forgot to resume never is."""

    def __init__(
        self, *, stall_after: float, enough_elsewhere: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A partition is stuck after `stall_after` seconds in which either nothing at all was worked on, or
        `enough_elsewhere` records of other partitions: fewer than that, and it may only be their turn."""
        self._stall_after = stall_after
        self._enough_elsewhere = enough_elsewhere
        self._clock = clock
        self._handled = 0
        self._lived = clock()
        self._moved: dict[int, tuple[float, int]] = {}

    def moved(self, partition: int, records: int) -> None:
        """Records of a partition came to their outcomes."""
        self._handled += records
        self._moved[partition] = (self._clock(), self._handled)

    def lives(self) -> None:
        """A batch in hand gets on, of whatever partitions it is."""
        self._lived = self._clock()

    def forget(self) -> None:
        """Partitions were taken away, or given."""
        self._moved.clear()

    def find_stuck(self, waiting: Mapping[int, int]) -> set[int]:
        """Partitions with records waiting that do not move; call it again and again."""
        now = self._clock()
        stuck = set()
        for partition, records in waiting.items():
            if not records:
                self._moved[partition] = (now, self._handled)
                continue
            since, handled = self._moved.setdefault(partition, (now, self._handled))
            elsewhere = self._handled - handled
            since = since if elsewhere else max(since, self._lived)
            if now - since >= self._stall_after and (elsewhere == 0 or elsewhere >= self._enough_elsewhere):
                stuck.add(partition)
        return stuck
