"""What the tests read from Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from services.cli.tail import read_committed


async def read_until(
    consumer: AIOKafkaConsumer, done: Callable[[Sequence[ConsumerRecord]], bool], *, quiet: float
) -> list[ConsumerRecord]:
    """Records until `done` says so, or until none has come for `quiet` seconds, so that a test can name the rest."""
    records: list[ConsumerRecord] = []
    last = time.monotonic()
    while not done(records) and time.monotonic() - last < quiet:
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records.extend(batch)
            last = time.monotonic()
    return records


async def read_to_end(bootstrap_servers: str, *topics: str) -> list[ConsumerRecord]:
    """Everything that is committed on the topics now."""
    async with read_committed(bootstrap_servers, *topics) as consumer:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for batch in (await asyncio.wait_for(consumer.getmany(timeout_ms=500), 30)).values():
                records.extend(batch)
        return records
