"""Where the feeds' states are kept: a port, and its adapter on a compacted topic."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.contracts.feed_state import FeedState
from services.contracts.topics import FEED_STATES
from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import build_producer, within
from services.runtime.kafka.records import SourceRecord
from services.runtime.kafka.state_log import read_state
from services.runtime.service.crash_points import Point, reach
from services.runtime.service.settings import KafkaSettings

TRANSACTIONAL_ID = "copydesk-ingest-feeds"
"""One for all replicas: starting a producer under it ends what an older owner had begun, and shuts it out (KIP-98)."""
PARTITION = TopicPartition(FEED_STATES, 0)

logger = structlog.get_logger()


class FeedStateStore(Protocol):
    """The states' one writer. Every method raises a CopydeskError when it cannot; then it is opened again."""

    async def open(self) -> dict[str, FeedState]:
        """Shut out any other writer, and read what is known, by the feed's URL."""
        ...

    async def save(self, state: FeedState) -> None:
        """Durable when it returns."""
        ...

    async def forget(self, url: str) -> None:
        """Forget a feed."""
        ...

    async def close(self) -> None:
        """Let others write; a second call does nothing."""
        ...


class KafkaFeedStateStore:
    """See FeedStateStore."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> dict[str, FeedState]:
        """See FeedStateStore."""
        await self.close()
        timeout = self._settings.request_timeout
        self._producer = build_producer(self._settings, client_id=TRANSACTIONAL_ID, transactional_id=TRANSACTIONAL_ID)
        await within(timeout, "start the feeds' producer", self._producer.start())
        states: dict[str, FeedState] = {}
        await read_state(self._settings, PARTITION, lambda records: _take_all(states, records))
        return states

    async def save(self, state: FeedState) -> None:
        """See FeedStateStore."""
        await reach(Point.FEED_STATE)
        await self._write(state.url, state.to_bytes())

    async def forget(self, url: str) -> None:
        """See FeedStateStore."""
        await self._write(url, None)

    async def close(self) -> None:
        """See FeedStateStore."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await within(self._settings.request_timeout, "stop the feeds' producer", producer.stop())
        except CopydeskError as error:
            logger.warning("feed_states_not_closed", error=str(error))

    async def _write(self, key: str, value: bytes | None) -> None:
        async with self._lock:
            if self._producer is None:
                raise TransientError("the feeds' states are closed")
            await within(
                self._settings.request_timeout, "write a feed's state", _commit(self._producer, key.encode(), value)
            )


async def _commit(producer: AIOKafkaProducer, key: bytes, value: bytes | None) -> None:
    async with producer.transaction():
        await producer.send_and_wait(FEED_STATES, value, key=key, partition=PARTITION.partition)


def _take_all(states: dict[str, FeedState], records: Sequence[SourceRecord]) -> None:
    for record in records:
        _take(states, record)


def _take(states: dict[str, FeedState], record: SourceRecord) -> None:
    url = (record.key or b"").decode(errors="replace")
    if record.value is None:
        states.pop(url, None)
        return
    try:
        states[url] = FeedState.model_validate_json(record.value)
    except ValidationError as error:
        # Nobody else writes here. Without it the feed begins anew: its entries come again, under the same ids.
        logger.error("feed_state_unreadable", url=url, offset=record.offset, error=str(error))
        states.pop(url, None)
