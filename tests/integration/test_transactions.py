"""Tests of a lane's producer on a real broker, and of transactions that an earlier owner left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from services.contracts.topics import Topic
from services.runtime.kafka.clients import build_reader
from services.runtime.kafka.lag import read_committed_positions
from services.runtime.kafka.producer import LaneProducer
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.topics import create_topics
from services.runtime.kafka.transactions import wait_for_transactions
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import open_admin, open_producer, read_committed_records

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

NEXT = 7
"""Offset that the first transaction commits."""


def sum_up(topic: str) -> Callable[[object], OutputRecord]:
    """Build the function that returns the last record of a transaction."""
    return lambda _: OutputRecord(topic, b"b", b"sum", partition=0)


@asynccontextmanager
async def fence(
    settings: KafkaSettings, source: TopicPartition, outputs: tuple[str, ...]
) -> AsyncIterator[LaneProducer]:
    """Start a producer, which fences the earlier ones, and stop it at the end."""
    lane = LaneProducer(settings, f"{source.topic}-group", source, lambda: outputs)
    await lane.fence()
    try:
        yield lane
    finally:
        await lane.stop()


async def leave_open(lane: LaneProducer, topic: str) -> None:
    """Commit a transaction of which one partition gets no marker, because the coordinator does not know it.

    The same is left if the coordinator drops a marker.
    """
    producer = lane._producer
    assert producer is not None
    await producer.begin_transaction()
    producer._txn_manager._txn_partitions.add(TopicPartition(topic, 1))
    await (await producer.send(topic, b"hangs", partition=1))
    await (await producer.send(topic, b"has its marker", partition=0))
    await producer.commit_transaction()


async def trust_producers(settings: KafkaSettings) -> None:
    """Make the broker accept records of partitions that are not part of the transaction (KIP-890 rejects them)."""
    changes = {"transaction.partition.verification.enable": "false"}
    async with open_admin(settings) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", changes)])


async def read_stable_end(settings: KafkaSettings, partition: TopicPartition) -> int:
    """Return the offset at which a read_committed consumer waits: the last stable offset."""
    reader: AIOKafkaConsumer = build_reader(settings, client_id="test")
    await reader.start()
    try:
        return int((await reader.end_offsets([partition]))[partition])
    finally:
        await reader.stop()


async def test_next_owner_aborts_records_without_a_marker(kafka: str) -> None:
    """The next owner aborts records without a marker, so that repeated records appear once and no consumer waits."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    topic = f"out-{uuid4().hex[:8]}"
    source = TopicPartition(f"in-{uuid4().hex[:8]}", 0)
    await create_topics(settings, (Topic(topic, 2), Topic(source.topic, 1)))
    await trust_producers(settings)
    async with fence(settings, source, (topic,)) as first:
        await leave_open(first, topic)
    stuck = await read_stable_end(settings, TopicPartition(topic, 1))
    async with fence(settings, source, (topic,)) as second:
        assert await read_stable_end(settings, TopicPartition(topic, 1)) > stuck
        await second.write([OutputRecord(topic, b"a", b"once", partition=1)], NEXT, sum_up(topic))
    values = [record.value for record in await read_committed_records(kafka, topic, 2)]
    assert sorted(values) == [b"has its marker", b"once", b"sum"]


async def test_new_owner_does_not_change_the_committed_offset(kafka: str) -> None:
    """When a new owner fences an earlier one, the offset of the last transaction stays committed."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    topic = f"out-{uuid4().hex[:8]}"
    source = TopicPartition(f"in-{uuid4().hex[:8]}", 0)
    await create_topics(settings, (Topic(topic, 1), Topic(source.topic, 1)))
    async with fence(settings, source, (topic,)) as first:
        await first.write([OutputRecord(topic, b"a", b"once", partition=0)], NEXT, sum_up(topic))
    async with fence(settings, source, (topic,)):
        pass
    async with open_admin(settings) as admin:
        assert await read_committed_positions(admin, settings, f"{source.topic}-group", [source]) == {source: NEXT}
    assert [record.value for record in await read_committed_records(kafka, topic)] == [b"once", b"sum"]


async def test_the_end_of_an_open_transaction_is_awaited(kafka: str) -> None:
    """The wait ends when the records that were written before it are visible, and not while they are not."""
    settings, topic = KafkaSettings(bootstrap_servers=kafka), f"awaited.{uuid4().hex[:8]}"
    await create_topics(settings, [Topic(topic, 2)])
    await wait_for_transactions(settings, {topic: 2})
    async with open_producer(kafka, topic) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"visible later", partition=1)
        waiting = asyncio.create_task(wait_for_transactions(settings, {topic: 2}))
        assert not (await asyncio.wait({waiting}, timeout=1.0))[0]
        await producer.commit_transaction()
        await waiting
    assert len(await read_committed_records(kafka, topic, 2)) == 1
