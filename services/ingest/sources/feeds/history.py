"""Schedule, seen entries and back-off of a feed: pure functions on its FeedState. The caller gives the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from services.contracts.state.feed_state import FeedState
from services.contracts.times.dates import assume_utc
from services.ingest.sources.feeds.parsing.models import ParsedEntry

SEEN_LIFETIME = 30 * 86_400
"""Seconds after which an entry that its feed does not list any more is forgotten.

Until then a feed that lists it again, for example after a repair of the publisher's system, repeats no article.
"""
MAX_SEEN = 50_000
"""Maximum number of remembered entries of one feed: more than the 20,000 of one document, so that no listed entry is
forgotten."""
RETRY_AFTER_MAX = 7 * 86_400.0
"""Longest Retry-After in seconds that is obeyed; a longer one is probably a mistake."""
BACKOFF_MIN = 60.0
"""Seconds of the first pause after a failure, if the feed's interval is shorter."""
MAX_DOUBLINGS = 20
"""Maximum number of doublings of the pause, which keeps the power of two finite."""
JITTER = 0.2
"""Maximum share of a pause that chance removes, so that feeds that failed together are not all retried together."""


def create_state(url: str, now: datetime) -> FeedState:
    """Create the state of a feed that was never fetched. The feed is due immediately."""
    return FeedState(url=url, next_due=now)


def select_new(entries: Sequence[ParsedEntry], seen: Mapping[str, int], limit: int) -> list[ParsedEntry]:
    """Select the entries that were not seen yet, at most `limit`, in the order of publication.

    Feeds list the newest entry first. So the last entries are the oldest: they come first here, since they are the
    first to leave the feed.
    """
    fresh = [entry for entry in reversed(entries) if entry.key not in seen]
    return fresh[:limit]


def mark_seen(state: FeedState, keys: Iterable[str], now: datetime) -> FeedState:
    """Mark entries as published or rejected."""
    return state.model_copy(update={"seen": {**state.seen, **dict.fromkeys(keys, _to_seconds(now))}})


def record_success(
    state: FeedState, now: datetime, interval: float, *, listed: Iterable[str], etag: str | None,
    last_modified: str | None, permanent_url: str | None,
) -> FeedState:  # fmt: skip
    """Record a document that was read.

    `listed` has the keys of its entries. `etag` and `last_modified` are None if some of its entries are not published
    yet, so that the server sends the document again.
    """
    return state.model_copy(
        update={
            "next_due": now + timedelta(seconds=interval),
            "failures": 0,
            "etag": etag,
            "last_modified": last_modified,
            "permanent_url": permanent_url,
            "seen": _prune(state.seen, set(listed), _to_seconds(now)),
        }
    )


def record_unchanged(state: FeedState, now: datetime, interval: float) -> FeedState:
    """Record status 304: the document has not changed."""
    return state.model_copy(update={"next_due": now + timedelta(seconds=interval), "failures": 0})


def record_gone(state: FeedState, now: datetime) -> FeedState:
    """Record status 410: the feed does not exist any more."""
    return state.model_copy(update={"gone_at": now, "failures": 0, "etag": None, "last_modified": None})


def record_failure(
    state: FeedState, now: datetime, interval: float, *, longest: float, retry_after: float | None, chance: float
) -> FeedState:
    """Record a failed visit, and set the time of the next one.

    The pause doubles with each failure, up to `longest` seconds. It is never shorter than the interval or than
    `retry_after` seconds. `chance` is a random number from 0 to 1.
    """
    first = max(interval, BACKOFF_MIN)
    pause = min(first * 2.0 ** min(state.failures, MAX_DOUBLINGS), max(longest, interval))
    pause *= 1 - JITTER * chance
    pause = max(pause, interval, min(retry_after or 0.0, RETRY_AFTER_MAX))
    return state.model_copy(update={"next_due": now + timedelta(seconds=pause), "failures": state.failures + 1})


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header: a number of seconds or a date (RFC 9110, 10.2.3).

    Returns seconds from now, at least 0, or None for any other text.
    """
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:12])
    try:
        return max(0.0, (assume_utc(parsedate_to_datetime(text)) - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _prune(seen: Mapping[str, int], listed: set[str], now: int) -> dict[str, int]:
    """Drop the entries that were last listed too long ago, and the oldest of those beyond `MAX_SEEN`.

    The time of each listed entry becomes `now`.
    """
    kept = {key: now for key in seen if key in listed}
    others = [(time, key) for key, time in seen.items() if key not in listed and now - time < SEEN_LIFETIME]
    others.sort(reverse=True)
    return kept | {key: time for time, key in others[: max(0, MAX_SEEN - len(kept))]}


def _to_seconds(now: datetime) -> int:
    return int(now.timestamp())
