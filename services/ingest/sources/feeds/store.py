"""Store of the feeds' states: a port, and its adapter on a compacted topic."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.contracts.state.feed_state import FeedState
from services.contracts.topics import DEFAULT_LAYOUT, FEED_STATES, TopicLayout
from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import build_producer, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.settings import KafkaSettings

TRANSACTIONAL_ID = "copydesk-ingest-feeds"
"""Transactional id of all replicas, without the deployment's prefix.

Starting a producer with it aborts the open transaction of an older owner and fences that owner (KIP-98).
"""

logger = structlog.get_logger()


class FeedStateStore(Protocol):
    """Store with one writer at a time. Each method raises a CopydeskError if it fails; then the store must be reopened.

    `open` must be called first.
    """

    async def open(self) -> dict[str, FeedState]:
        """Fence any other writer, and read the known states by the feed's URL."""
        ...

    async def save(self, state: FeedState) -> None:
        """Write a state. It is durable when this returns."""
        ...

    async def delete(self, url: str) -> None:
        """Delete the state of a feed."""
        ...

    async def close(self) -> None:
        """Release the store for other writers; a second call does nothing."""
        ...


class KafkaFeedStateStore:
    """Feed state store on a compacted topic, written in transactions."""

    def __init__(self, settings: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> None:
        self._settings = settings
        self._partition = TopicPartition(layout.name(FEED_STATES), 0)
        self._transactional_id = layout.name(TRANSACTIONAL_ID)
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> dict[str, FeedState]:
        """Start the producer, which fences an older one, and only then read the topic."""
        await self.close()
        timeout = self._settings.request_timeout
        self._producer = build_producer(
            self._settings, client_id=TRANSACTIONAL_ID, transactional_id=self._transactional_id
        )
        await within(timeout, "start the feeds' producer", self._producer.start())
        states: dict[str, FeedState] = {}
        async with open_state_log(self._settings, self._partition) as log:
            async for records in log.stream(log.begin):
                for record in records:
                    _apply_record(states, record)
        return states

    async def save(self, state: FeedState) -> None:
        """Write a state under the feed's URL and wait for the commit."""
        await reach(CrashPoint.FEED_STATE)
        await self._write(state.url, state.to_bytes())

    async def delete(self, url: str) -> None:
        """Write a tombstone under the feed's URL and wait for the commit."""
        await self._write(url, None)

    async def close(self) -> None:
        """Stop the producer. A failure to stop it is logged and not raised."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await within(self._settings.request_timeout, "stop the feeds' producer", producer.stop())
        except CopydeskError as error:
            logger.warning("feed_store_close_failed", topic=self._partition.topic, error=str(error))

    async def _write(self, key: str, value: bytes | None) -> None:
        async with self._lock:
            if self._producer is None:
                raise TransientError(f"the store of feed states on topic {self._partition.topic} is closed")
            await within(
                self._settings.request_timeout,
                "write a feed's state",
                self._commit(self._producer, key.encode(), value),
            )

    async def _commit(self, producer: AIOKafkaProducer, key: bytes, value: bytes | None) -> None:
        async with producer.transaction():
            await producer.send_and_wait(self._partition.topic, value, key=key, partition=self._partition.partition)


def _apply_record(states: dict[str, FeedState], record: ConsumedRecord) -> None:
    url = (record.key or b"").decode(errors="replace")
    if record.value is None:
        states.pop(url, None)
        return
    try:
        states[url] = FeedState.model_validate_json(record.value)
    except ValidationError as error:
        # Only this class writes to the topic. Without its state the feed starts again, and its entries are published
        # again under the same ids.
        logger.error("feed_state_discarded", topic=record.topic, url=url, offset=record.offset, error=str(error))
        states.pop(url, None)
