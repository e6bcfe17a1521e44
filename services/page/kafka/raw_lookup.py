"""Search for the raw text of an event in the raw topic, by its time of arrival and its SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.contracts.decoding import parse_json, validate
from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.contracts.topics import DEFAULT_LAYOUT, RAW, TopicLayout
from services.errors import CopydeskError, PermanentError
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings

SEARCH_SECONDS = 5.0
"""Longest time for one search, in seconds. A person waits for it."""
POLL_MS = 500
"""Longest wait for the records of one fetch, in milliseconds."""


class RawTextFinder:
    """Search of the raw topic: Kafka finds the offset by the time of arrival, which the event has."""

    def __init__(self, kafka: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> None:
        self._topic = layout.name(RAW)
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def find(self, event: EnrichedArticle) -> str | None:
        """Return the raw text, or None if the topic does not have it any more or Kafka does not answer in time."""
        arrived = event.article.ingested_at
        if arrived is None:
            return None
        with suppress(TimeoutError, KafkaError, CopydeskError):
            async with self._lock, asyncio.timeout(SEARCH_SECONDS):
                return await self._search(round(arrived.timestamp() * 1000), event.cleaning.raw_sha256)
        return None

    async def close(self) -> None:
        """Close the connection to Kafka."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _search(self, arrived_ms: int, sha256: str) -> str | None:
        consumer = await self._connect()
        counts = await find_topics(self._kafka, self._topic.__eq__)
        partitions = [TopicPartition(self._topic, number) for number in range(counts.get(self._topic, 0))]
        consumer.assign(partitions)
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, arrived_ms))
        for partition, position in found.items():
            if position is None or position.timestamp != arrived_ms:
                continue
            consumer.assign([partition])
            consumer.seek(partition, position.offset)
            raw = await _read_moment(consumer, partition, arrived_ms, sha256)
            if raw is not None:
                return raw
        return None

    async def _connect(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = build_reader(self._kafka, client_id="copydesk-page-raw", isolation_level="read_uncommitted")
            try:
                await within(self._kafka.request_timeout, "connect to Kafka", consumer.start())
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer


async def _read_moment(
    consumer: AIOKafkaConsumer, partition: TopicPartition, arrived_ms: int, sha256: str
) -> str | None:
    """Read the records of one millisecond; return the content with the hash, or None."""
    while True:
        batches = await consumer.getmany(partition, timeout_ms=POLL_MS)
        records = batches.get(partition, [])
        for record in records:
            if record.timestamp != arrived_ms:
                return None
            with suppress(PermanentError):
                content = validate(RawArticle, parse_json(record.value or b"")).content
                if hashlib.sha256(content.encode()).hexdigest() == sha256:
                    return content
        if not records:
            return None
