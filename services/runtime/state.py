"""Reading a partition's state back from its compacted topic, from the first record to the last committed one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.errors import TransientError
from services.runtime.dead_letters import SourceRecord
from services.runtime.kafka import build_reader, within
from services.runtime.settings import KafkaSettings

FETCH_BYTES = 4_194_304
"""State is read in bulk: larger than for input, where a fetch is also what a transaction carries."""
CHUNK_RECORDS = 1_000
SLICE_RECORDS = 50
"""Records between two turns of the event loop. A transaction of another lane takes some ten turns: with slices of a
few milliseconds it stays a matter of a tenth of a second."""
POLL_MS = 100
"""A fetch that brought only transaction markers is noticed after this."""


async def read_state(
    settings: KafkaSettings,
    partition: TopicPartition,
    take: Callable[[SourceRecord], None],
    progress: Callable[[], None],
) -> int:
    """Give every committed record of the partition to `take`, in log order; returns how many there were.

    Call it when the partition's only writer is fenced: what is committed then is all there is. Raises TransientError
    when nothing comes for `request_timeout` seconds.
    """
    reader = build_reader(settings, client_id="copydesk-state", partition_bytes=FETCH_BYTES)
    try:
        await within(settings.request_timeout, "start the state's reader", reader.start())
        reader.assign([partition])
        # With read_committed the end is the last stable offset.
        ends = await within(settings.request_timeout, "read the state's end", reader.end_offsets([partition]))
        begins = await within(settings.request_timeout, "read the state's start", reader.beginning_offsets([partition]))
        reader.seek(partition, begins[partition])
        return await _read_to(reader, settings, partition, ends[partition], take, progress)
    finally:
        await within(settings.request_timeout, "stop the state's reader", reader.stop())


async def _read_to(
    reader: AIOKafkaConsumer,
    settings: KafkaSettings,
    partition: TopicPartition,
    end: int,
    take: Callable[[SourceRecord], None],
    progress: Callable[[], None],
) -> int:
    count = 0
    position = -1
    moved = time.monotonic()
    while True:
        now = await within(settings.request_timeout, "read the state's position", reader.position(partition))
        if now >= end:
            return count
        if now > position:
            position, moved = now, time.monotonic()
            progress()
        elif time.monotonic() - moved > settings.request_timeout:
            raise TransientError(f"the state of {partition.topic}-{partition.partition} stands still at {now} of {end}")
        fetched = await within(
            settings.request_timeout, "read state", reader.getmany(timeout_ms=POLL_MS, max_records=CHUNK_RECORDS)
        )
        for record in fetched.get(partition, ()):
            take(record)
            count += 1
            if count % SLICE_RECORDS == 0:
                await asyncio.sleep(0)
