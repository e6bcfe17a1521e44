"""Helpers that write to Kafka and read from it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from services.runtime.kafka.clients import build_admin, build_producer, build_reader
from services.runtime.service.settings import KafkaSettings


@asynccontextmanager
async def open_producer(servers: str, transactional_id: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    """Open an idempotent producer like annotate's, or a transactional one."""
    producer = build_producer(
        KafkaSettings(bootstrap_servers=servers), client_id="test", transactional_id=transactional_id
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def open_admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open an admin client."""
    admin = build_admin(settings, client_id="test")
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def commit_offsets(servers: str, group: str, offsets: Mapping[TopicPartition, int | OffsetAndMetadata]) -> None:
    """Commit offsets for a group without members, as a member would have."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))
    finally:
        await consumer.stop()


async def send_values(servers: str, topic: str, values: Sequence[bytes], *, partition: int = 0) -> None:
    """Append values, with their number as key, in order."""
    async with open_producer(servers) as producer:
        deliveries = [
            await producer.send(topic, value=value, key=str(number).encode(), partition=partition)
            for number, value in enumerate(values)
        ]
        await asyncio.gather(*deliveries)


async def read_committed_records(servers: str, topic: str, partitions: int = 1) -> list[ConsumerRecord]:
    """Read all records that are committed on the topic now, in order for each partition."""
    return await read_records(servers, topic, partitions, lambda _: False, within=0)


async def read_records(
    servers: str,
    topic: str,
    partitions: int,
    done: Callable[[Sequence[ConsumerRecord]], bool],
    *,
    within: float,
) -> list[ConsumerRecord]:
    """Read committed records from the start until `done` is true or `within` seconds are over, then to the end."""
    reader = build_reader(KafkaSettings(bootstrap_servers=servers), client_id="test")
    await reader.start()
    try:
        held = [TopicPartition(topic, number) for number in range(partitions)]
        reader.assign(held)
        await reader.seek_to_beginning(*held)
        return await drain(reader, held, done, within=within)
    finally:
        await reader.stop()


async def drain(
    reader: AIOKafkaConsumer,
    held: Sequence[TopicPartition],
    done: Callable[[Sequence[ConsumerRecord]], bool],
    *,
    within: float,
) -> list[ConsumerRecord]:
    """Read from the reader's positions until `done` is true or `within` seconds are over, then to the end."""
    records: list[ConsumerRecord] = []
    deadline = time.monotonic() + within
    while True:
        finished = done(records) or time.monotonic() > deadline
        ends = await reader.end_offsets(held)
        if finished and all([await reader.position(one) >= ends[one] for one in held]):
            return records
        for batch in (await reader.getmany(timeout_ms=100)).values():
            records.extend(batch)


async def read_until(
    consumer: AIOKafkaConsumer, done: Callable[[Sequence[ConsumerRecord]], bool], *, quiet: float
) -> list[ConsumerRecord]:
    """Read until `done` is true or no record arrived for `quiet` seconds, so that a test can name the missing ones."""
    records: list[ConsumerRecord] = []
    last = time.monotonic()
    while not done(records) and time.monotonic() - last < quiet:
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records.extend(batch)
            last = time.monotonic()
    return records
