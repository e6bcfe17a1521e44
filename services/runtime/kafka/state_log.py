"""A partition's state log: the compacted topic in which its state stands, read back in log order."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.errors import TransientError
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.service.settings import KafkaSettings

FETCH_BYTES = 4_194_304
"""State is read in bulk: larger than for input, where a fetch is also what a transaction carries."""
CHUNK_RECORDS = 500
"""Records taken between two turns of the event loop, some 15 ms. A transaction of another lane takes some ten turns,
which stays a matter of a tenth of a second; smaller chunks cost more a record."""
POLL_MS = 100
"""A fetch that brought only transaction markers is noticed after this."""

Take = Callable[[Sequence[ConsumedRecord]], None]


@dataclass(frozen=True, slots=True)
class LogMark:
    """One record of a log, by which the log is known again.

    An offset alone does not say that a log is the same: a topic that was deleted and made anew has it too.
    """

    offset: int
    digest: str
    """Of key and value."""

    @classmethod
    def of(cls, offset: int, key: bytes | None, value: bytes | None) -> LogMark:
        """The mark of a record."""
        digest = hashlib.blake2b(digest_size=16, person=b"copydesk-mark")
        for part in (key, value):
            digest.update(b"-" if part is None else b"%d:" % len(part))
            digest.update(part or b"")
        return cls(offset, digest.hexdigest())


class StateLog:
    """A partition of a state topic, open for reading. `begin` and `end` are its bounds when it was opened."""

    def __init__(
        self, settings: KafkaSettings, reader: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._partition = partition
        self.begin = begin
        self.end = end

    async def contains(self, mark: LogMark) -> bool:
        """Whether the marked record stands where it stood.

        False too when retention or compaction took it: then nobody can say what else is gone.
        """
        record = await self.find(mark.offset)
        return record is not None and LogMark.of(record.offset, record.key, record.value) == mark

    async def find(self, offset: int) -> ConsumedRecord | None:
        """The committed record at an offset; None where there is none. Raises TransientError."""
        if not self.begin <= offset < self.end:
            return None
        self._reader.seek(self._partition, offset)
        deadline = time.monotonic() + self._settings.request_timeout
        while time.monotonic() < deadline:
            for record in await self._fetch(1):
                return record if record.offset == offset else None
            if await self._find_position() >= self.end:
                return None
        raise TransientError(f"{self._name} cannot be read at {offset}")

    async def read(self, start: int, take: Take, tell: Callable[[int], None]) -> None:
        """Give every committed record from `start` on to `take`, in log order and in chunks.

        `tell` is called with the position reached after each. Raises as `stream`.
        """
        async for records in self.stream(start):
            take(records)
            tell(records[-1].offset + 1)
            await asyncio.sleep(0)
        tell(self.end)

    async def stream(self, start: int) -> AsyncIterator[Sequence[ConsumedRecord]]:
        """Every committed record from `start` on, in log order and in chunks.

        Raises TransientError when the position does not move for `request_timeout` seconds.
        """
        self._reader.seek(self._partition, start)
        position, moved = -1, time.monotonic()
        while (now := await self._find_position()) < self.end:
            if now > position:
                position, moved = now, time.monotonic()
            elif time.monotonic() - moved > self._settings.request_timeout:
                raise TransientError(f"the state of {self._name} stands still at {now} of {self.end}")
            if records := await self._fetch(CHUNK_RECORDS):
                yield records

    @property
    def _name(self) -> str:
        return f"{self._partition.topic}-{self._partition.partition}"

    async def _fetch(self, count: int) -> Sequence[ConsumedRecord]:
        fetched = await within(
            self._settings.request_timeout, "read state", self._reader.getmany(timeout_ms=POLL_MS, max_records=count)
        )
        records: Sequence[ConsumedRecord] = fetched.get(self._partition, ())
        return records

    async def _find_position(self) -> int:
        position = await within(
            self._settings.request_timeout, "read the state's position", self._reader.position(self._partition)
        )
        return int(position)


@asynccontextmanager
async def open_state_log(settings: KafkaSettings, partition: TopicPartition) -> AsyncIterator[StateLog]:
    """The log up to the last stable offset.

    Open it when the partition's only writer is fenced: what is committed then is all there is. Raises TransientError.
    """
    timeout = settings.request_timeout
    reader = build_reader(settings, client_id="copydesk-state", partition_bytes=FETCH_BYTES)
    try:
        await within(timeout, "start the state's reader", reader.start())
        reader.assign([partition])
        # With read_committed the end is the last stable offset.
        ends = await within(timeout, "read the state's end", reader.end_offsets([partition]))
        begins = await within(timeout, "read the state's start", reader.beginning_offsets([partition]))
        yield StateLog(settings, reader, partition, begins[partition], ends[partition])
    finally:
        await within(timeout, "stop the state's reader", reader.stop())


async def read_state(settings: KafkaSettings, partition: TopicPartition, take: Take) -> None:
    """Give every committed record of the partition to `take`. As `open_state_log`, and raises what that does."""
    async with open_state_log(settings, partition) as log:
        await log.read(log.begin, take, lambda _: None)
