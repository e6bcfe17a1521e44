"""Readers of topics with a client that shares no code with the services."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata, TopicPartition

STILL_WITHIN = 60.0
"""Seconds without a record before the end, after which reading has failed."""
FETCH_MS = 500


async def scan(servers: str, topic: str, read_record: Callable[[ConsumerRecord], None]) -> int:
    """Pass every committed record of a topic to `read_record`, in order for each partition; return their number."""
    count = 0
    async with open_reader(servers, reset="none") as reader:
        held = await find_partitions(reader, topic)
        reader.assign(held)
        await reader.seek_to_beginning(*held)
        ends = await reader.end_offsets(held)
        moved = time.monotonic()
        while not all([await reader.position(one) >= ends[one] for one in held]):
            for records in (await reader.getmany(timeout_ms=FETCH_MS)).values():
                moved = time.monotonic()
                count += len(records)
                for record in records:
                    read_record(record)
            if time.monotonic() - moved > STILL_WITHIN:
                raise AssertionError(f"{topic} cannot be read to its end: {ends}")
    return count


@asynccontextmanager
async def open_reader(servers: str, *, reset: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a read_committed consumer without a group. `reset` is its policy for an offset that is gone."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset=reset,
        max_partition_fetch_bytes=4_194_304,
        fetch_max_wait_ms=50,
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def find_partitions(reader: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return all partitions of a topic."""
    await reader._client.force_metadata_update()
    await reader._client.fetch_all_metadata()
    return [TopicPartition(topic, number) for number in sorted(reader.partitions_for_topic(topic) or ())]


async def count_waiting(servers: str, group: str, topic: str) -> tuple[int, int]:
    """Return the number of records after a group's committed offsets, and the sum of these offsets.

    Markers of transactions are not counted: the records after the commit are read.
    """
    async with open_reader(servers, reset="earliest") as reader:
        held = await find_partitions(reader, topic)
        offsets = await list_offsets(servers, group, held)
        committed = {one: max(0, offsets[one].offset) if one in offsets else 0 for one in held}
        begins = await reader.beginning_offsets(held)
        ends = await reader.end_offsets(held)
        positions = {one: max(committed[one], begins[one]) for one in held}
        behind = [one for one in held if positions[one] < ends[one]]
        waiting = 0
        if behind:
            reader.assign(behind)
            for one in behind:
                reader.seek(one, positions[one])
            fetched = await reader.getmany(timeout_ms=FETCH_MS)
            # A fetch may return nothing although records are there; then the position has not reached the end.
            still = [one for one in behind if await reader.position(one) < ends[one]]
            waiting = max(sum(map(len, fetched.values())), len(still))
        return waiting, sum(committed.values())


async def list_offsets(
    servers: str, group: str, partitions: list[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Return the committed offsets of a group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(
            group, partitions=partitions
        )
        return found
    finally:
        await admin.close()


async def wait_settled(
    servers: str, groups: dict[str, str], *, patience: float, between: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Wait until each group has committed all records of its topic.

    Raises AssertionError if no committed offset moves for `patience` seconds: something is stuck.
    """
    moved, last = time.monotonic(), -1
    while True:
        found = [(group, *await count_waiting(servers, group, topic)) for group, topic in groups.items()]
        if not any(waiting for _, waiting, _ in found):
            return
        if (done := sum(committed for _, _, committed in found)) != last:
            moved, last = time.monotonic(), done
        if time.monotonic() - moved > patience:
            raise AssertionError(f"stuck for {patience:g} s: {found}")
        if between is not None:
            await between()
        await asyncio.sleep(0.5)


def digest(record: ConsumerRecord) -> bytes:
    """Return a digest of key, value and headers."""
    return digest_parts(record.key, record.value, record.headers)


def digest_parts(key: bytes | None, value: bytes | None, headers: Iterable[object] | None) -> bytes:
    """Return a digest of the parts of a record."""
    return hashlib.blake2b(repr((key, value, tuple(headers or ()))).encode(), digest_size=16).digest()
