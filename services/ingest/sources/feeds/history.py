"""What is remembered of a feed between two fetches, and when the next one is due. Pure: the time is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.contracts.feed_state import FeedState
from services.ingest.sources.feeds.parsing.models import ParsedEntry

KEPT_SECONDS = 30 * 86_400
"""An entry that its feed has not listed for a month is forgotten; until then a feed that lists it again, as after a
repair of the publisher's system, repeats nothing."""
MAX_SEEN = 50_000
"""Of one feed; more than a document's 20,000, so that what is listed is never forgotten."""
RETRY_AFTER_MAX = 7 * 86_400.0
"""Seconds; a longer wish is taken for a slip."""
BACKOFF_MIN = 60.0
"""Seconds: the first pause after a failure, where the interval is shorter."""
MAX_DOUBLINGS = 20
JITTER = 0.2
"""Part of a pause that is left to chance, so that feeds that failed together do not come back together."""


def start_state(url: str, now: datetime) -> FeedState:
    """A feed of which nothing is known: due at once."""
    return FeedState(url=url, next_due=now)


def select_new(entries: Sequence[ParsedEntry], seen: Mapping[str, int], limit: int) -> list[ParsedEntry]:
    """The entries not seen yet, at most `limit`, in the order of publication.

    Feeds list the newest first; so the last ones are the oldest, which will leave the feed first, and go first.
    """
    fresh = [entry for entry in reversed(entries) if entry.key not in seen]
    return fresh[:limit]


def remember(state: FeedState, keys: Iterable[str], now: datetime) -> FeedState:
    """These entries are dealt with."""
    return state.model_copy(update={"seen": {**state.seen, **dict.fromkeys(keys, _seconds(now))}})


def note_success(
    state: FeedState, now: datetime, interval: float, *, listed: Iterable[str], etag: str | None,
    last_modified: str | None, permanent_url: str | None,
) -> FeedState:  # fmt: skip
    """After a document that was taken. `listed` are the keys of its entries; validators are None where a part of it is
    still to come, so that the server sends it again."""
    return state.model_copy(
        update={
            "next_due": now + timedelta(seconds=interval),
            "failures": 0,
            "etag": etag,
            "last_modified": last_modified,
            "permanent_url": permanent_url,
            "seen": _prune(state.seen, set(listed), _seconds(now)),
        }
    )


def note_unchanged(state: FeedState, now: datetime, interval: float) -> FeedState:
    """After a 304."""
    return state.model_copy(update={"next_due": now + timedelta(seconds=interval), "failures": 0})


def note_gone(state: FeedState, now: datetime) -> FeedState:
    """After a 410."""
    return state.model_copy(update={"gone_at": now, "failures": 0, "etag": None, "last_modified": None})


def note_failure(
    state: FeedState, now: datetime, interval: float, *, longest: float, retry_after: float | None, chance: float
) -> FeedState:
    """After a failure: the pause doubles with each, up to `longest` seconds, and is no shorter than `retry_after` or
    the interval. `chance` is a random number from 0 to 1."""
    first = max(interval, BACKOFF_MIN)
    pause = min(first * 2.0 ** min(state.failures, MAX_DOUBLINGS), max(longest, interval))
    pause *= 1 - JITTER * chance
    pause = max(pause, interval, min(retry_after or 0.0, RETRY_AFTER_MAX))
    return state.model_copy(update={"next_due": now + timedelta(seconds=pause), "failures": state.failures + 1})


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date, as seconds from now; None where it is neither."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:12])
    try:
        date = parsedate_to_datetime(text)
        aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _prune(seen: Mapping[str, int], listed: set[str], now: int) -> dict[str, int]:
    """Listed ones are as of now; of the others those that were listed within the month, the latest."""
    kept = {key: now for key in seen if key in listed}
    others = [(time, key) for key, time in seen.items() if key not in listed and now - time < KEPT_SECONDS]
    others.sort(reverse=True)
    return kept | {key: time for time, key in others[: max(0, MAX_SEEN - len(kept))]}


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
