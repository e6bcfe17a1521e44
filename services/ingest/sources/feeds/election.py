"""Whose turn it is to fetch: of all replicas, the one that Kafka's group coordinator gave the states' partition to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import structlog
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from services.contracts.topics import DECLARED, FEED_STATES
from services.errors import CopydeskError
from services.runtime.kafka.clients import build_group_consumer, within
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings

GROUP = "copydesk-ingest-feeds"
NOTHING = TopicPartition(FEED_STATES, -1)
"""Polling for a partition that cannot be keeps the member in its group and takes no records."""
POLL_MS = 1_000
JOIN_TIMEOUTS = 3
"""Request timeouts that joining may take."""

Work = Callable[[], Awaitable[None]]

logger = structlog.get_logger()


class Turn(Protocol):
    """Lets one process at a time work."""

    async def alternate(self, work: Work) -> None:
        """Run `work` whenever it is our turn, and cancel it when it no longer is; for ever. Raises what `work` raises,
        or a CopydeskError when it cannot be told whose turn it is."""
        ...


class GroupTurn(ConsumerRebalanceListener):  # type: ignore[misc]
    """See Turn."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._gained = asyncio.Event()
        self._lost = asyncio.Event()

    async def alternate(self, work: Work) -> None:
        """See Turn."""
        timeout = self._settings.request_timeout
        await create_topics(self._settings, [topic for topic in DECLARED if topic.name == FEED_STATES])
        consumer = build_group_consumer(self._settings, GROUP, client_id="copydesk-ingest-feeds-turn")
        consumer.subscribe([FEED_STATES], listener=self)
        tasks: set[asyncio.Task[None]] = set()
        try:
            await within(timeout * JOIN_TIMEOUTS, "join the feeds' group", consumer.start())

            async def poll() -> None:
                while True:
                    call = consumer.getmany(NOTHING, timeout_ms=POLL_MS)
                    await within(timeout * JOIN_TIMEOUTS, "poll the feeds' group", call)

            tasks = {asyncio.create_task(poll()), asyncio.create_task(self._take_turns(work))}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _cancel(*tasks)
            self._gained.clear()
            with contextlib.suppress(CopydeskError):
                await within(timeout, "leave the feeds' group", consumer.stop())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Called by aiokafka."""
        self._gained.clear()
        self._lost.set()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called by aiokafka."""
        has_turn = any(assigned)
        logger.info("feeds_turn", ours=has_turn)
        if has_turn:
            self._lost.clear()
            self._gained.set()

    async def _take_turns(self, work: Work) -> None:
        while True:
            await self._gained.wait()
            working, lost = asyncio.ensure_future(work()), asyncio.create_task(self._lost.wait())
            try:
                await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    working.result()
                    return
            finally:
                await _cancel(working, lost)


async def _cancel(*tasks: asyncio.Future[object] | asyncio.Future[None] | asyncio.Task[bool]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
