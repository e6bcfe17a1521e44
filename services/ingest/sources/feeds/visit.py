"""One visit to a feed: fetch, parse, publish, save the state. In this order a crash repeats entries and loses none."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

import structlog

from services.contracts.state.feed_state import FeedState
from services.ingest.encodings import DecodedText
from services.ingest.intake import Intake
from services.ingest.sources.feeds import history
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest, FetchResponse
from services.ingest.sources.feeds.metrics import FeedMetrics
from services.ingest.sources.feeds.pages import PageFetcher
from services.ingest.sources.feeds.parsing.fields import build_fields
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed
from services.ingest.sources.feeds.parsing.parser import Parser
from services.ingest.sources.feeds.settings import FetchSettings
from services.outcomes import FetchFault, FetchOutcome, FetchTarget

VIA = "feed"
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.1"
)
WINDOW = 64
"""Maximum number of entries that are published together before the state is saved. A crash repeats at most these
entries, under the same ids."""
PAGE_WINDOW = 4
"""Size of the window for a feed whose every entry needs the fetch of a page."""
FORGET_MOVE_AFTER = 3
"""Number of failures in a row after which a feed that had moved permanently is fetched from the URL in the feeds file
again."""
MAX_VALIDATOR = 1_024
"""Maximum number of characters of an ETag or Last-Modified. Longer values are dropped: no server sends them."""
REFUSALS = frozenset({FetchFault.FORBIDDEN_ADDRESS, FetchFault.FORBIDDEN_SCHEME, FetchFault.ROBOTS})
"""Faults of fetches that ingest itself refused."""

Save = Callable[[FeedState], Awaitable[None]]

logger = structlog.get_logger()


def now_utc() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


class Visitor:
    """Fetcher, parser and publisher of feeds. Visits to different feeds do not depend on each other."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        parser: Parser,
        pages: PageFetcher,
        intake: Intake,
        metrics: FeedMetrics,
        settings: FetchSettings,
        clock: Callable[[], datetime] = now_utc,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Store the parts. `chance` returns a random number from 0 to 1."""
        self._fetcher = fetcher
        self._parser = parser
        self._pages = pages
        self._intake = intake
        self._metrics = metrics
        self._settings = settings
        self._clock = clock
        self._chance = chance

    async def visit(self, feed: Feed, state: FeedState, save: Save) -> FeedState:
        """Visit a feed, save its new state and return it. Raises only what `save` raises."""
        started = time.perf_counter()
        try:
            state, outcome, details = await self._fetch(feed, state, save)
        except FetchError as error:
            outcome = _find_failed_outcome(error)
            self._metrics.failures.labels(FetchTarget.FEED, error.fault).inc()
            state = self._record_failure(feed, state, error)
            details = {"reason": error.fault.value, "error": str(error), "failures": state.failures}
        await save(state)
        self._metrics.fetches.labels(FetchTarget.FEED, outcome).inc()
        log = logger.info if outcome in (FetchOutcome.FETCHED, FetchOutcome.NOT_MODIFIED) else logger.warning
        log(
            "feed_visited", url=feed.url, outcome=outcome.value, **details,
            next_due=state.next_due.isoformat(timespec="seconds"), duration=round(time.perf_counter() - started, 3),
        )  # fmt: skip
        return state

    def record_unexpected(self, feed: Feed, state: FeedState) -> FeedState:
        """Count a visit that raised an unexpected exception, and return the feed's state after it."""
        self._metrics.failures.labels(FetchTarget.FEED, FetchFault.UNEXPECTED).inc()
        self._metrics.fetches.labels(FetchTarget.FEED, FetchOutcome.FAILED).inc()
        return self._record_failure(
            feed, state, FetchError(FetchFault.UNEXPECTED, "an unexpected exception; the log has its traceback")
        )

    async def _fetch(
        self, feed: Feed, state: FeedState, save: Save
    ) -> tuple[FeedState, FetchOutcome, dict[str, object]]:
        """Fetch and publish. Returns the state, the outcome and the fields for the log line."""
        now = self._clock()
        url = state.permanent_url or feed.url
        response = await self._fetcher.get(
            FetchRequest(
                url, ACCEPT, self._settings.max_feed_bytes, headers=_build_conditions(state),
                origin_headers=feed.reveal_headers(), origin_url=feed.url,
            )
        )  # fmt: skip
        if response.status == HTTPStatus.NOT_MODIFIED and (state.etag or state.last_modified):
            return history.record_unchanged(state, self._clock(), feed.interval), FetchOutcome.NOT_MODIFIED, {}
        if response.status == HTTPStatus.GONE:
            return history.record_gone(state, now), FetchOutcome.GONE, {}
        if response.status != HTTPStatus.OK:
            retry_after = history.parse_retry_after(response.headers.get("retry-after"), now)
            raise FetchError(
                FetchFault.HTTP_STATUS, f"the server answered status {response.status}", retry_after=retry_after
            )
        content_type = response.headers.get("content-type", "")
        parsed = await self._parser.parse(response.body, url=response.url, content_type=content_type)
        return await self._publish_new(feed, state, response, parsed, now, save)

    async def _publish_new(
        self,
        feed: Feed,
        state: FeedState,
        response: FetchResponse,
        parsed: ParsedFeed,
        fetched_at: datetime,
        save: Save,
    ) -> tuple[FeedState, FetchOutcome, dict[str, object]]:
        """Publish the new entries window by window. A window is marked as seen after the broker has acknowledged it."""
        new = history.select_new(parsed.entries, state.seen, self._settings.max_entries)
        size = PAGE_WINDOW if feed.full_text == "page" else WINDOW
        published = 0
        for start in range(0, len(new), size):
            window = new[start : start + size]
            published += await self._publish(feed, parsed, window, fetched_at)
            state = history.mark_seen(state, [entry.key for entry in window], self._clock())
            if start + size < len(new):
                await save(state)
        is_complete = all(entry.key in state.seen for entry in parsed.entries)
        state = history.record_success(
            state, self._clock(), feed.interval, listed=[entry.key for entry in parsed.entries],
            etag=_clean_validator(response.headers.get("etag")) if is_complete else None,
            last_modified=_clean_validator(response.headers.get("last-modified")) if is_complete else None,
            permanent_url=response.permanent_url or state.permanent_url,
        )  # fmt: skip
        details: dict[str, object] = {
            "bytes": len(response.body), "entries": parsed.listed, "new": len(new), "published": published,
            "repaired": parsed.is_repaired,
        }  # fmt: skip
        return state, FetchOutcome.FETCHED, details

    async def _publish(
        self, feed: Feed, parsed: ParsedFeed, window: Sequence[ParsedEntry], fetched_at: datetime
    ) -> int:
        """Publish entries and return how many were published. The intake has logged each rejected one."""
        items = []
        for entry in window:
            page = await self._fetch_page(entry) if feed.full_text == "page" else None
            time_of_fetch = self._clock() if page else fetched_at
            items.append(build_fields(feed, parsed, entry, fetched_at=time_of_fetch, page=page))
        results = await self._intake.ingest_with_retries(items, via=VIA)
        published = sum(result.error is None for result in results)
        self._metrics.published_entries.inc(published)
        return published

    async def _fetch_page(self, entry: ParsedEntry) -> DecodedText | None:
        """Fetch the page of an entry. Returns None on failure: the entry's own text is used then."""
        if entry.url is None:
            return None
        try:
            page = await self._pages.fetch(entry.url)
        except FetchError as error:
            self._metrics.failures.labels(FetchTarget.PAGE, error.fault).inc()
            self._metrics.fetches.labels(FetchTarget.PAGE, _find_failed_outcome(error)).inc()
            logger.warning("page_failed", url=entry.url, reason=error.fault.value, error=str(error))
            return None
        self._metrics.fetches.labels(FetchTarget.PAGE, FetchOutcome.FETCHED).inc()
        return page

    def _record_failure(self, feed: Feed, state: FeedState, error: FetchError) -> FeedState:
        failed = history.record_failure(
            state, self._clock(), feed.interval, longest=self._settings.backoff_max, retry_after=error.retry_after,
            chance=self._chance(),
        )  # fmt: skip
        is_move_wrong = state.permanent_url is not None and failed.failures % FORGET_MOVE_AFTER == 0
        return failed.model_copy(update={"permanent_url": None}) if is_move_wrong else failed


def _find_failed_outcome(error: FetchError) -> FetchOutcome:
    return FetchOutcome.REFUSED if error.fault in REFUSALS else FetchOutcome.FAILED


def _build_conditions(state: FeedState) -> dict[str, str]:
    """Build the headers of a conditional request (RFC 9110, 13.1): the validators exactly as the server sent them."""
    conditions = {"if-none-match": state.etag, "if-modified-since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _clean_validator(validator: str | None) -> str | None:
    """Strip a validator. Returns None for one that cannot be sent back as a header."""
    text = (validator or "").strip()
    return text if text and len(text) <= MAX_VALIDATOR and text.isascii() and text.isprintable() else None
