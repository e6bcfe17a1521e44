"""The feeds as a source of ingest: one replica at a time visits each feed when it is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import structlog

from services.contracts.feed_state import FeedState
from services.errors import CopydeskError
from services.ingest.sources.feeds import history
from services.ingest.sources.feeds.election import Election
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.metrics import FeedMetrics
from services.ingest.sources.feeds.store import FeedStateStore
from services.ingest.sources.feeds.visit import Visitor

REOPEN_PAUSE = 2.0
"""Seconds before the states are opened again after the broker refused: the group has settled by then."""
LONGEST_SLEEP = 3_600.0
"""Seconds: after a jump of the clock a feed is late by an hour at most."""

logger = structlog.get_logger()


class FeedSource:
    """Visits feeds until cancelled."""

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
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._feeds = {feed.url: feed for feed in feeds}
        self._visitor = visitor
        self._states = states
        self._election = election
        self._metrics = metrics
        self._slots = asyncio.Semaphore(concurrency)
        self._clock = clock
        self._sleep = sleep
        self._close = close
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Until cancelled. When the broker is away or another replica took over, from the beginning: the states are
        read again, and nothing that was not saved counts."""
        try:
            while True:
                try:
                    await self._election.run_while_elected(self._work)
                except* CopydeskError as group:
                    logger.warning("feeds_interrupted", error=str(_find_first(group)), pause=REOPEN_PAUSE)
                await self._sleep(REOPEN_PAUSE)
        finally:
            await self._close()

    async def _work(self) -> None:
        """Visit the feeds while this process is elected."""
        try:
            known = await self._states.open()
            await self._forget(known)
            logger.info("feeds_opened", feeds=len(self._feeds), known=sum(url in known for url in self._feeds))
            async with asyncio.TaskGroup() as tasks:
                for feed in self._feeds.values():
                    state = known.get(feed.url) or history.create_state(feed.url, self._clock())
                    tasks.create_task(self._keep_visiting(feed, state), name=f"feed {feed.url}")
        finally:
            self._failing.clear()
            self._metrics.feeds_failing.set(0)
            await self._states.close()

    async def _forget(self, known: Mapping[str, FeedState]) -> None:
        """A feed that was gone and has left the file may come back: it is forgotten."""
        for url, state in known.items():
            if url not in self._feeds and state.gone_at is not None:
                await self._states.delete(url)

    async def _keep_visiting(self, feed: Feed, state: FeedState) -> None:
        self._note(state)
        while state.gone_at is None:
            wait = (state.next_due - self._clock()).total_seconds()
            if wait > 0:
                await self._sleep(min(wait, LONGEST_SLEEP))
                continue
            async with self._slots:
                state = await self._visit(feed, state)
            self._note(state)
        logger.info("feed_stopped", url=feed.url, gone_at=state.gone_at.isoformat(timespec="seconds"))

    async def _visit(self, feed: Feed, state: FeedState) -> FeedState:
        try:
            return await self._visitor.visit(feed, state, self._states.save)
        except CopydeskError:
            raise
        except Exception as error:
            # The loop's edge: a bug that one feed's document brings out must not stop the others.
            logger.error("feed_visit_failed", url=feed.url, exc_info=error)
            state = self._visitor.note_unexpected(feed, state)
            await self._states.save(state)
            return state

    def _note(self, state: FeedState) -> None:
        (self._failing.add if state.failures else self._failing.discard)(state.url)
        self._metrics.feeds_failing.set(len(self._failing))


def _find_first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
