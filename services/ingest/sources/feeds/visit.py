"""One visit to a feed: fetch, parse, publish, remember; in this order, so that a crash repeats and never misses."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from services.contracts.feed_state import FeedState
from services.ingest.intake import Intake
from services.ingest.sources.feeds import history
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest, FetchResponse
from services.ingest.sources.feeds.metrics import FeedMetrics
from services.ingest.sources.feeds.parsing.fields import build_fields
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed
from services.ingest.sources.feeds.parsing.parser import Parser
from services.ingest.sources.feeds.settings import FetchSettings
from services.outcomes import FetchFault, FetchOutcome, FetchTarget

VIA = "feed"
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
WINDOW = 64
"""Entries published together and then remembered: what a crash repeats, under the same ids."""
PAGE_WINDOW = 4
"""The same where each entry costs the fetch of a page."""
MOVED_BACK_AFTER = 3
"""Failures in a row after which a feed that had moved for good is looked for at its old place."""
MAX_VALIDATOR = 1_024
"""Most characters of an ETag or Last-Modified. Longer ones are dropped: no server sends them."""
REFUSALS = frozenset({FetchFault.FORBIDDEN_ADDRESS, FetchFault.FORBIDDEN_SCHEME, FetchFault.ROBOTS})

Save = Callable[[FeedState], Awaitable[None]]

logger = structlog.get_logger()


class PageSource(Protocol):
    """Where the HTML of linked pages comes from."""

    async def fetch(self, url: str) -> str:
        """The page's HTML. Raises FetchError."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a visit needs."""

    fetcher: Fetcher
    parser: Parser
    pages: PageSource
    intake: Intake
    metrics: FeedMetrics
    settings: FetchSettings
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    """A random number from 0 to 1."""


class Visitor:
    """Visits feeds; one visit knows nothing of the others."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._has = surroundings

    async def visit(self, feed: Feed, state: FeedState, save: Save) -> FeedState:
        """The feed's state afterwards, saved. Raises only what `save` raises."""
        started, has = time.perf_counter(), self._has
        try:
            state, outcome, told = await self._fetch(feed, state, save)
        except FetchError as error:
            outcome = FetchOutcome.REFUSED if error.fault in REFUSALS else FetchOutcome.FAILED
            has.metrics.feed_failures.labels(FetchTarget.FEED, error.fault).inc()
            state = self._note_failure(feed, state, error)
            told = {"reason": error.fault.value, "error": str(error), "failures": state.failures}
        await save(state)
        has.metrics.feed_fetches.labels(FetchTarget.FEED, outcome).inc()
        tell = logger.info if outcome in (FetchOutcome.FETCHED, FetchOutcome.NOT_MODIFIED) else logger.warning
        tell(
            "feed_visited", url=feed.url, outcome=outcome.value, **told,
            next_due=state.next_due.isoformat(timespec="seconds"), duration=round(time.perf_counter() - started, 3),
        )  # fmt: skip
        return state

    def note_unexpected(self, feed: Feed, state: FeedState) -> FeedState:
        """The state after a visit that raised what it should not have."""
        self._has.metrics.feed_failures.labels(FetchTarget.FEED, FetchFault.UNEXPECTED).inc()
        self._has.metrics.feed_fetches.labels(FetchTarget.FEED, FetchOutcome.FAILED).inc()
        return self._note_failure(feed, state, FetchError(FetchFault.UNEXPECTED, "a bug"))

    async def _fetch(
        self, feed: Feed, state: FeedState, save: Save
    ) -> tuple[FeedState, FetchOutcome, dict[str, object]]:
        has = self._has
        now = has.clock()
        url = state.permanent_url or feed.url
        answer = await has.fetcher.get(
            FetchRequest(
                url, ACCEPT, has.settings.max_feed_bytes, headers=_build_conditions(state),
                origin_headers=feed.reveal_headers(), origin_url=feed.url,
            )
        )  # fmt: skip
        if answer.status == 304 and (state.etag or state.last_modified):
            return history.record_unchanged(state, has.clock(), feed.interval), FetchOutcome.NOT_MODIFIED, {}
        if answer.status == 410:
            return history.record_gone(state, now), FetchOutcome.GONE, {}
        if answer.status != 200:
            wish = history.parse_retry_after(answer.headers.get("retry-after"), now)
            raise FetchError(FetchFault.HTTP_STATUS, f"status {answer.status}", retry_after=wish)
        content_type = answer.headers.get("content-type", "")
        parsed = await has.parser.parse(answer.body, url=answer.url, content_type=content_type)
        return await self._take(feed, state, answer, parsed, now, save)

    async def _take(
        self, feed: Feed, state: FeedState, answer: FetchResponse, parsed: ParsedFeed, fetched_at: datetime, save: Save
    ) -> tuple[FeedState, FetchOutcome, dict[str, object]]:
        """Publish what is new, window by window; each is remembered only when the broker has it."""
        has = self._has
        new = history.select_new(parsed.entries, state.seen, has.settings.max_entries)
        size = PAGE_WINDOW if feed.full_text == "page" else WINDOW
        published = 0
        for start in range(0, len(new), size):
            window = new[start : start + size]
            published += await self._publish(feed, parsed, window, fetched_at)
            state = history.mark_seen(state, [entry.key for entry in window], has.clock())
            if start + size < len(new):
                await save(state)
        is_whole = all(entry.key in state.seen for entry in parsed.entries)
        state = history.record_success(
            state, has.clock(), feed.interval, listed=[entry.key for entry in parsed.entries],
            etag=_keep(answer.headers.get("etag")) if is_whole else None,
            last_modified=_keep(answer.headers.get("last-modified")) if is_whole else None,
            permanent_url=answer.permanent_url or state.permanent_url,
        )  # fmt: skip
        told: dict[str, object] = {
            "bytes": len(answer.body), "entries": parsed.listed, "new": len(new), "published": published,
            "repaired": parsed.is_repaired,
        }  # fmt: skip
        return state, FetchOutcome.FETCHED, told

    async def _publish(
        self, feed: Feed, parsed: ParsedFeed, window: Sequence[ParsedEntry], fetched_at: datetime
    ) -> int:
        """How many of them are published; the others were rejected, which the intake has logged."""
        has = self._has
        items = []
        for entry in window:
            page = await self._fetch_page(entry) if feed.full_text == "page" else None
            items.append(build_fields(feed, parsed, entry, fetched_at=has.clock() if page else fetched_at, page=page))
        results = await has.intake.take_until_settled(items, via=VIA)
        published = sum(result.error is None for result in results)
        has.metrics.feed_entries.inc(published)
        return published

    async def _fetch_page(self, entry: ParsedEntry) -> str | None:
        """None where the page cannot be had: the entry's own text stands for it then."""
        if entry.url is None:
            return None
        try:
            page = await self._has.pages.fetch(entry.url)
        except FetchError as error:
            outcome = FetchOutcome.REFUSED if error.fault in REFUSALS else FetchOutcome.FAILED
            self._has.metrics.feed_failures.labels(FetchTarget.PAGE, error.fault).inc()
            self._has.metrics.feed_fetches.labels(FetchTarget.PAGE, outcome).inc()
            logger.warning("page_failed", url=entry.url, reason=error.fault.value, error=str(error))
            return None
        self._has.metrics.feed_fetches.labels(FetchTarget.PAGE, FetchOutcome.FETCHED).inc()
        return page

    def _note_failure(self, feed: Feed, state: FeedState, error: FetchError) -> FeedState:
        has = self._has
        noted = history.record_failure(
            state, has.clock(), feed.interval, longest=has.settings.backoff_max, retry_after=error.retry_after,
            chance=has.chance(),
        )  # fmt: skip
        is_lost = state.permanent_url is not None and noted.failures % MOVED_BACK_AFTER == 0
        return noted.model_copy(update={"permanent_url": None}) if is_lost else noted


def now_utc() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def _build_conditions(state: FeedState) -> dict[str, str]:
    """RFC 9110, 13.1: the validators as the server gave them."""
    conditions = {"if-none-match": state.etag, "if-modified-since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _keep(validator: str | None) -> str | None:
    """None for what could not be sent back as a header."""
    text = (validator or "").strip()
    return text if text and len(text) <= MAX_VALIDATOR and text.isascii() and text.isprintable() else None
