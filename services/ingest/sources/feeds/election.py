"""The election among replicas: one of them fetches the feeds, and another takes over when it goes away.

Every replica joins one consumer group on the topic of the feed states. The topic has one partition, and the replica to
which Kafka's group coordinator assigns it is the elected one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

import structlog
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from services.contracts.topics import DEFAULT_LAYOUT, FEED_STATES, TopicLayout, declare_topics
from services.runtime.kafka.clients import build_group_consumer
from services.runtime.kafka.membership import GroupMembership
from services.runtime.kafka.topics import create_topics
from services.runtime.service.lifecycle import cancel, run_until
from services.runtime.service.settings import KafkaSettings

GROUP = "copydesk-ingest-feeds"
"""The consumer group that all replicas join, without the deployment's prefix."""

FeedWork = Callable[[], Coroutine[Any, Any, None]]
"""The work that only the elected replica may do."""

logger = structlog.get_logger()


class Election(Protocol):
    """A way to let one process at a time do some work."""

    async def run_while_elected(self, work: FeedWork) -> None:
        """Run `work` each time this process is elected, cancel it when another process is; return when it returns.

        Raises what `work` raises, and CopydeskError when it is not known which process is elected.
        """
        ...


class GroupElection(ConsumerRebalanceListener):  # type: ignore[misc]
    """An election by Kafka's group coordinator."""

    def __init__(self, settings: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> None:
        self._settings = settings
        self._layout = layout
        self._gained = asyncio.Event()
        self._lost = asyncio.Event()

    async def run_while_elected(self, work: FeedWork) -> None:
        """Join the group and run `work` while its partition is assigned to this process (see `Election`)."""
        states = self._layout.name(FEED_STATES)
        await create_topics(self._settings, [topic for topic in declare_topics(self._layout) if topic.name == states])
        consumer = build_group_consumer(
            self._settings, self._layout.name(GROUP), client_id="copydesk-ingest-feeds-election"
        )
        consumer.subscribe([states], listener=self)
        membership = GroupMembership(consumer, states, self._settings)
        tasks: set[asyncio.Task[None]] = set()
        try:
            await membership.join()
            tasks = {asyncio.create_task(membership.stay()), asyncio.create_task(self._run_terms(work))}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await cancel(*tasks)
            self._gained.clear()
            await membership.leave()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's call
        """Note that this process is no longer elected; aiokafka calls this before each rebalance."""
        self._gained.clear()
        self._lost.set()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note whether this process is elected; aiokafka calls this after each rebalance."""
        is_elected = any(assigned)
        logger.info("feeds_election_decided", elected=is_elected)
        if is_elected:
            self._lost.clear()
            self._gained.set()

    async def _run_terms(self, work: FeedWork) -> None:
        """Run `work` once for each time that this process is elected, until it returns by itself."""
        while True:
            await self._gained.wait()
            if await run_until(self._lost, work()):
                return
