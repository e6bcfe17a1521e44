"""The state log of a partition: a compacted topic that holds the state of a stage, read back in log order."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.errors import TransientError
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.service.settings import KafkaSettings

FETCH_BYTES = 4_194_304
"""Largest size of a fetch. It is larger than for input, where the size of a fetch bounds the size of a transaction."""
LOOK_BYTES = 4_096
"""Largest size of a fetch for a look at one record. A larger batch is fetched as the only one (KIP-74)."""
CHUNK_RECORDS = 500
"""Maximum number of records between two turns of the event loop. A transaction of another lane needs about ten turns,
so a restore delays it by the time of ten chunks, some tenths of a second at most. Smaller chunks cost more time for
each record."""
POLL_MS = 100
"""Longest time of a poll. A fetch that contained only transaction markers is noticed after this time."""


@dataclass(frozen=True, slots=True)
class RecordFingerprint:
    """The identity of one record of a log: its offset and a digest of its content.

    The offset alone does not identify a record: a topic that was deleted and created again has the same offsets.
    """

    offset: int
    digest: str
    """BLAKE2b digest of key and value, in hexadecimal."""

    @classmethod
    def of(cls, offset: int, key: bytes | None, value: bytes | None) -> RecordFingerprint:
        """Return the fingerprint of the record with this offset, key and value."""
        digest = hashlib.blake2b(digest_size=16, person=b"copydesk-mark")
        for part in (key, value):
            digest.update(b"-" if part is None else b"%d:" % len(part))
            digest.update(part or b"")
        return cls(offset, digest.hexdigest())


class StateLog:
    """A partition of a state topic, open for reading from `begin` up to `end`, its bounds when it was opened."""

    def __init__(
        self, settings: KafkaSettings, reader: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._partition = partition
        self.begin = begin
        self.end = end

    async def contains(self, fingerprint: RecordFingerprint) -> bool:
        """Return whether the log still has the record with this fingerprint at its offset. Raises as `find` does.

        The answer is also False if retention or compaction removed the record: then other records may be missing too.
        """
        record = await self.find(fingerprint.offset)
        return record is not None and RecordFingerprint.of(record.offset, record.key, record.value) == fingerprint

    async def find(self, offset: int) -> ConsumedRecord | None:
        """Return the committed record at an offset, or None if there is none. Raises as `find_first` does."""
        record = await self.find_first(offset) if offset >= self.begin else None
        return record if record is not None and record.offset == offset else None

    async def find_first(self, offset: int) -> ConsumedRecord | None:
        """Return the first committed record at or after an offset, or None if the log has none.

        Raises TransientError if the offset cannot be read within `request_timeout` seconds.
        """
        start = max(offset, self.begin)
        if start >= self.end:
            return None
        self._reader.seek(self._partition, start)
        deadline = time.monotonic() + self._settings.request_timeout
        while time.monotonic() < deadline:
            for record in await self._fetch(1):
                return record
            if await self._find_position() >= self.end:
                return None
        raise TransientError(
            f"{self._name}: cannot read the record at offset {start} within {self._settings.request_timeout:g} s"
        )

    async def stream(self, start: int) -> AsyncIterator[Sequence[ConsumedRecord]]:
        """Yield all committed records from the offset `start` on, in log order and in chunks.

        The event loop has a turn after each chunk. Raises TransientError if the position does not advance for
        `request_timeout` seconds.
        """
        self._reader.seek(self._partition, start)
        reached, advanced_at = -1, time.monotonic()
        while (position := await self._find_position()) < self.end:
            if position > reached:
                reached, advanced_at = position, time.monotonic()
            elif time.monotonic() - advanced_at > self._settings.request_timeout:
                raise TransientError(f"{self._name}: cannot read the state past offset {position} (end: {self.end})")
            if records := await self._fetch(CHUNK_RECORDS):
                yield records
                await asyncio.sleep(0)

    @property
    def _name(self) -> str:
        return f"{self._partition.topic}-{self._partition.partition}"

    async def _fetch(self, count: int) -> Sequence[ConsumedRecord]:
        fetched = await within(
            self._settings.request_timeout,
            f"read state of {self._name}",
            self._reader.getmany(timeout_ms=POLL_MS, max_records=count),
        )
        records: Sequence[ConsumedRecord] = fetched.get(self._partition, ())
        return records

    async def _find_position(self) -> int:
        position = await within(
            self._settings.request_timeout,
            f"find the position in {self._name}",
            self._reader.position(self._partition),
        )
        return int(position)


class LogReader:
    """A reader that stays connected, to read single records of any partition, one at a time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._reader: AIOKafkaConsumer | None = None

    async def open(self, partition: TopicPartition) -> StateLog:
        """Return the log of a partition up to the last stable offset, valid until the next call.

        Connects at the first call, and after a failure. Raises CopydeskError if Kafka does not answer or refuses.
        """
        if self._reader is None:
            self._reader = build_reader(self._settings, client_id="copydesk-look", partition_bytes=LOOK_BYTES)
            await within(self._settings.request_timeout, "start the reader of single records", self._reader.start())
        self._reader.assign([partition])
        return await _find_bounds(self._settings, self._reader, partition)

    async def close(self) -> None:
        """Close the connections. A later call of `open` connects again."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await within(self._settings.request_timeout, "stop the reader of single records", reader.stop())


async def _find_bounds(settings: KafkaSettings, reader: AIOKafkaConsumer, partition: TopicPartition) -> StateLog:
    timeout, name = settings.request_timeout, f"{partition.topic}-{partition.partition}"
    # With read_committed the end is the last stable offset.
    ends = await within(timeout, f"read the end of {name}", reader.end_offsets([partition]))
    begins = await within(timeout, f"read the start of {name}", reader.beginning_offsets([partition]))
    return StateLog(settings, reader, partition, begins[partition], ends[partition])


@asynccontextmanager
async def open_state_log(settings: KafkaSettings, partition: TopicPartition) -> AsyncIterator[StateLog]:
    """Open the log up to the last stable offset. Raises CopydeskError if Kafka does not answer or refuses.

    Open it after the older writers of the partition are fenced: then the log has all records that were committed.
    """
    timeout = settings.request_timeout
    name = f"{partition.topic}-{partition.partition}"
    reader = build_reader(settings, client_id="copydesk-state", partition_bytes=FETCH_BYTES)
    try:
        await within(timeout, f"start the reader of {name}", reader.start())
        reader.assign([partition])
        yield await _find_bounds(settings, reader, partition)
    finally:
        await within(timeout, f"stop the reader of {name}", reader.stop())
