"""The raw topic for the tests of annotate: a group that starts at its end, and readers of the later output."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.dead_letter import DeadLetter
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.runtime.kafka.clients import build_producer, build_reader
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.kafka_records import drain

PARTITIONS = {
    topics.RAW: topics.PARTITIONS,
    topics.ANNOTATED: topics.SHARD_COUNT,
    topics.dead_letter_topic(topics.RAW): 1,
}


class RawTopic:
    """A separate group on the shared topics. The group and the readers see what is sent from here on."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.group = f"annotate-{uuid4().hex[:8]}"
        self._settings = KafkaSettings(bootstrap_servers=servers)
        self._starts: dict[TopicPartition, int] = {}

    async def begin(self) -> None:
        """Make the current ends of all topics the starts of reading."""
        await create_topics(self._settings, topics.DECLARED)
        async with self._reader() as reader:
            self._starts = await reader.end_offsets(_partitions(*PARTITIONS))
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.servers, group_id=self.group, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            consumer.assign(_partitions(topics.RAW))
            await consumer.commit({one: self._starts[one] for one in _partitions(topics.RAW)})
        finally:
            await consumer.stop()

    def forget_start(self, topic: str) -> None:
        """Read a topic from its beginning, because it was created again."""
        self._starts.update(dict.fromkeys(_partitions(topic), 0))

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings of an annotate of this group."""
        return {name_variable("annotate", "group"): self.group}

    async def send(self, values: Iterable[bytes | None], **record: Any) -> list[int]:
        """Append values, to all partitions in turn unless `partition` is given; return their offsets."""
        producer = build_producer(self._settings, client_id="test")
        await producer.start()
        try:
            sent = []
            for number, value in enumerate(values):
                where = {"partition": number % topics.PARTITIONS, "key": f"k{number}".encode(), **record}
                if where["key"] is None and value is None:
                    batch = producer.create_batch()
                    batch.append(key=None, value=None, timestamp=None, headers=where.get("headers", []))
                    sent.append(await producer.send_batch(batch, topics.RAW, partition=where["partition"]))
                else:
                    sent.append(await producer.send(topics.RAW, value=value, **where))
            return [written.offset for written in await asyncio.gather(*sent)]
        finally:
            await producer.stop()

    async def read(
        self, topic: str, done: Callable[[Sequence[ConsumerRecord]], bool] = lambda _: True, *, within: float = 60
    ) -> list[ConsumerRecord]:
        """Read from the start until `done` is true or `within` seconds are over, then to the end."""
        held = _partitions(topic)
        async with self._reader() as reader:
            reader.assign(held)
            for one in held:
                reader.seek(one, self._starts[one])
            return await drain(reader, held, done, within=within)

    async def read_annotated(self, ids: Iterable[str], *, within: float = 60) -> dict[str, list[ConsumerRecord]]:
        """Read annotated records by id until each id is there as often as it is named."""
        wanted = Counter(one.encode() for one in ids)
        records = await self.read(
            topics.ANNOTATED, lambda seen: wanted <= Counter(record.key for record in seen), within=within
        )
        by_id = defaultdict(list)
        for record in records:
            by_id[record.key.decode()].append(record)
        return by_id

    async def read_dead(self, count: int, *, within: float = 60) -> list[tuple[DeadLetter, ConsumerRecord]]:
        """Read dead letters until there are `count`."""
        records = await self.read(topics.dead_letter_topic(topics.RAW), lambda seen: len(seen) >= count, within=within)
        return [(DeadLetter.from_record(record.headers, record.key, record.value, None), record) for record in records]

    async def count(self, topic: str) -> int:
        """Count the records since the start, of a topic without transactions."""
        async with self._reader() as reader:
            ends = await reader.end_offsets(_partitions(topic))
        return sum(ends[one] - self._starts[one] for one in _partitions(topic))

    async def read_committed(self) -> dict[int, int]:
        """Return the number of records that the group has committed since the start, by partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers, group_id=self.group, enable_auto_commit=False)
        await consumer.start()
        try:
            return {one.partition: await consumer.committed(one) - self._starts[one] for one in _partitions(topics.RAW)}
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        reader = build_reader(self._settings, client_id="test")
        await reader.start()
        try:
            yield reader
        finally:
            await reader.stop()


def encode_article(content: str, **fields: object) -> bytes:
    """Encode a raw article."""
    return json.dumps({"content": content, "language": "en", **fields}).encode()


def find_id(value: bytes) -> str:
    """Return the id of an encoded raw article."""
    return derive_article_id(RawArticle.model_validate_json(value))


def _partitions(*names: str) -> list[TopicPartition]:
    return [TopicPartition(name, number) for name in names for number in range(PARTITIONS[name])]
