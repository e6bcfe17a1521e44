"""Feeds as a source of ingest: of all replicas one at a time visits each feed when it is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import structlog

from services.contracts.state.feed_state import FeedState
from services.errors import CopydeskError
from services.ingest.sources.feeds import history
from services.ingest.sources.feeds.election import Election
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.metrics import FeedMetrics
from services.ingest.sources.feeds.store import FeedStateStore
from services.ingest.sources.feeds.visit import Visitor

REOPEN_PAUSE = 2.0
"""Seconds before the states are opened again after an error of the broker: its group is stable again by then."""
LONGEST_SLEEP = 3_600.0
"""Longest sleep in seconds. After a jump of the clock a feed is late by an hour at most."""

logger = structlog.get_logger()


class FeedSource:
    """Source that visits feeds until it is cancelled."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        *,
        visitor: Visitor,
        states: FeedStateStore,
        election: Election,
        metrics: FeedMetrics,
        concurrency: int,
        clock: Callable[[], datetime],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        """Store the parts. `close` is called when the source ends."""
        self._feeds = {feed.url: feed for feed in feeds}
        self._visitor = visitor
        self._states = states
        self._election = election
        self._metrics = metrics
        self._slots = asyncio.Semaphore(concurrency)
        self._clock = clock
        self._close = close
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Visit feeds while this process is elected, until cancelled.

        After an error of the broker, or after another replica was elected, the states are read again. A visit whose
        state was not saved is then repeated.
        """
        try:
            while True:
                try:
                    await self._election.run_while_elected(self._visit_all)
                except* CopydeskError as group:
                    logger.warning("feeds_interrupted", error=str(_find_first(group)), pause=REOPEN_PAUSE)
                await asyncio.sleep(REOPEN_PAUSE)
        finally:
            await self._close()

    async def _visit_all(self) -> None:
        """Read the states and visit all feeds until cancelled."""
        try:
            known = await self._states.open()
            await self._delete_gone(known)
            logger.info("feeds_opened", feeds=len(self._feeds), known=sum(url in known for url in self._feeds))
            async with asyncio.TaskGroup() as tasks:
                for feed in self._feeds.values():
                    state = known.get(feed.url) or history.create_state(feed.url, self._clock())
                    tasks.create_task(self._visit_when_due(feed, state), name=f"feed {feed.url}")
        finally:
            self._failing.clear()
            self._metrics.failing_feeds.set(0)
            await self._states.close()

    async def _delete_gone(self, known: Mapping[str, FeedState]) -> None:
        """Delete the states of feeds that were gone and are no longer in the file, so that they can be added again."""
        for url, state in known.items():
            if url not in self._feeds and state.gone_at is not None:
                await self._states.delete(url)

    async def _visit_when_due(self, feed: Feed, state: FeedState) -> None:
        """Visit one feed again and again, until its server answers that it is gone."""
        self._count_failing(state)
        while state.gone_at is None:
            wait = (state.next_due - self._clock()).total_seconds()
            if wait > 0:
                await asyncio.sleep(min(wait, LONGEST_SLEEP))
                continue
            async with self._slots:
                state = await self._visit(feed, state)
            self._count_failing(state)
        logger.info("feed_stopped", url=feed.url, gone_at=state.gone_at.isoformat(timespec="seconds"))

    async def _visit(self, feed: Feed, state: FeedState) -> FeedState:
        try:
            return await self._visitor.visit(feed, state, self._states.save)
        except CopydeskError:
            raise
        except Exception as error:
            # The edge of the loop: a bug that one feed's document triggers must not stop the other feeds.
            logger.error("feed_visit_failed", url=feed.url, exc_info=error)
            state = self._visitor.record_unexpected(feed, state)
            await self._states.save(state)
            return state

    def _count_failing(self, state: FeedState) -> None:
        (self._failing.add if state.failures else self._failing.discard)(state.url)
        self._metrics.failing_feeds.set(len(self._failing))


def _find_first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
