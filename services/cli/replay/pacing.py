"""The pace of a replay: a rate that the user gives, and in place the time that live articles leave to annotate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from services.contracts.topics import ANNOTATED, RAW, TopicLayout, dead_letter_topic
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import OutputRecord
from services.runtime.service.settings import KafkaSettings

POLL_SECONDS = 0.05
"""Seconds between two looks at the ends of the topics, while a batch is annotated."""
BATCH_SECONDS = 0.2
"""Seconds of annotate's time that a batch may take: about what a live article may wait for it. A batch that takes more
is followed by one of half its size, and after one that took less than half of this the size is doubled."""
LONG_SECONDS = 1.0
"""Seconds after which a batch takes so long that annotate may not work at all."""
MAX_SECONDS = 10.0
"""Longest wait for a batch, and longest break after one."""


class Pace:
    """A limit of records a second."""

    def __init__(self, rate: float | None) -> None:
        """`rate` is None for no limit."""
        self._rate = rate
        self._next = time.monotonic()

    async def wait(self, records: int) -> None:
        """Wait until so many more records may be written."""
        if self._rate is None:
            return
        now = time.monotonic()
        self._next = max(self._next, now - 1.0) + records / self._rate
        await asyncio.sleep(max(0.0, self._next - now))


@dataclass(frozen=True, slots=True)
class Ends:
    """Sums of the end offsets of topics."""

    arrived: int
    """Sum of the raw topic."""
    finished: int
    """Sum of the topics that annotate writes: annotated articles and dead letters."""


class LivePace:
    """The pace of a replay in place: one batch at a time, and after each a break as long as annotate needed for it.

    A batch is over when annotate has finished whatever has arrived until then, live articles included. So a new
    article waits for at most one batch of old ones, the break leaves it half of annotate's time, and while live
    articles queue, nothing is added to them. The ends of the topics show this at once; a committed offset is up to a
    second old.
    """

    def __init__(
        self,
        read_ends: Callable[[], Awaitable[Ends]],
        check: Callable[[], Awaitable[object]],
        *,
        largest: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare the pace.

        Args:
            read_ends: Function that returns the ends of the topics.
            check: Function that is called each second of a long batch; it raises if annotate makes no progress.
            largest: Maximum number of records in a batch.
            clock: Source of the time in seconds.
            sleep: Function that waits for seconds.
        """
        self._read_ends = read_ends
        self._check = check
        self._clock = clock
        self._sleep = sleep
        self._largest = largest
        self._start: Ends | None = None
        self._started_at = 0.0
        self._markers = 0
        self.batch = 1
        """Number of records of the next batch, which follows annotate's speed."""

    async def admit(self, outputs: Sequence[OutputRecord]) -> None:
        """Wait until a batch may be written, which must then be written at once in one transaction."""
        if self._start is not None:
            await self._wait_for_batch(self._start)
            taken = self._clock() - self._started_at
            self._adapt(taken)
            await self._sleep(min(taken, MAX_SECONDS))
        self._start, self._started_at = await self._read_ends(), self._clock()
        # The transaction ends with one marker in each partition.
        self._markers = len({output.partition for output in outputs})

    def _adapt(self, taken: float) -> None:
        if taken > BATCH_SECONDS:
            self.batch = max(1, self.batch // 2)
        elif taken < BATCH_SECONDS / 2:
            self.batch = min(self._largest, 2 * self.batch)

    async def _wait_for_batch(self, start: Ends) -> None:
        checked_at = self._started_at
        while self._clock() - self._started_at < MAX_SECONDS:
            ends = await self._read_ends()
            if ends.finished - start.finished >= ends.arrived - start.arrived - self._markers:
                return
            if self._clock() - checked_at >= LONG_SECONDS:
                checked_at = self._clock()
                await self._check()
            await self._sleep(POLL_SECONDS)
        # The sums may never agree: another transaction has added its markers, or a retraction its orders.


@asynccontextmanager
async def open_live_pace(
    kafka: KafkaSettings, layout: TopicLayout, check: Callable[[], Awaitable[object]], *, largest: int
) -> AsyncIterator[LivePace]:
    """Connect the pace of a replay into a deployment's own topics. Raises CopydeskError if Kafka does not answer."""
    raw = [TopicPartition(layout.name(RAW), number) for number in range(layout.partitions)]
    written = [TopicPartition(layout.name(ANNOTATED), number) for number in range(layout.shard_count)]
    written.append(TopicPartition(layout.name(dead_letter_topic(RAW)), 0))
    timeout = kafka.request_timeout
    reader = build_reader(kafka, client_id="copydesk-replay-pace", isolation_level="read_uncommitted")

    async def read_ends() -> Ends:
        ends = await within(timeout, "read the ends of topics", reader.end_offsets([*raw, *written]))
        return Ends(sum(ends[one] for one in raw), sum(ends[one] for one in written))

    try:
        await within(timeout, "start the reader of ends", reader.start())
        yield LivePace(read_ends, check, largest=largest)
    finally:
        await within(timeout, "stop the reader of ends", reader.stop())
