"""Tests of a feed's seen entries and schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.state.feed_state import FeedState
from services.ingest.sources.feeds import history
from services.ingest.sources.feeds.parsing.models import ParsedEntry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATE = history.create_state("https://post.example/feed", NOW)


def succeed(state: FeedState, listed: list[str], now: datetime) -> FeedState:
    return history.record_success(state, now, 900, listed=listed, etag='"e"', last_modified=None, permanent_url=None)


def fail(state: FeedState, *, interval: float = 900, retry_after: float | None = None, chance: float = 0.0) -> float:
    """Return the seconds until the next fetch."""
    failed = history.record_failure(state, NOW, interval, longest=21_600, retry_after=retry_after, chance=chance)
    assert failed.failures == state.failures + 1
    return (failed.next_due - NOW).total_seconds()


def test_oldest_first() -> None:
    """The oldest unseen entries are selected first, up to the limit, from a feed that lists the newest first."""
    entries = [ParsedEntry(key=key) for key in "edcba"]
    assert [entry.key for entry in history.select_new(entries, {"b": 1}, 3)] == ["a", "c", "d"]


def test_back_off_doubles_to_its_cap() -> None:
    """The pause doubles with each failure, from the interval or a minute up to the limit, and chance shortens it."""
    pauses = [fail(STATE.model_copy(update={"failures": number})) for number in range(7)]
    assert pauses == [900, 1_800, 3_600, 7_200, 14_400, 21_600, 21_600]
    assert fail(STATE, interval=1) == 60
    assert fail(STATE.model_copy(update={"failures": 10_000})) == 21_600
    assert fail(STATE.model_copy(update={"failures": 3}), chance=1.0) == pytest.approx(5_760)
    assert fail(STATE, interval=86_400, chance=1.0) == 86_400


def test_retry_after_counts() -> None:
    """A Retry-After that is longer than the pause is obeyed, up to a week."""
    assert fail(STATE, retry_after=50_000) == 50_000
    assert fail(STATE, retry_after=10) == 900
    assert fail(STATE, retry_after=1e12) == 7 * 86_400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("Tue, 24 Nov 2026 12:02:00 GMT", 120.0), ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0)]
    + [(value, None) for value in (None, "", "-5", "soon", "1.5", "Tue, 99 Nov 2026")],
)
def test_retry_after_is_read(value: str | None, seconds: float | None) -> None:
    """A Retry-After is read as seconds or as a date, and anything else is ignored."""
    assert history.parse_retry_after(value, NOW) == seconds


def test_listed_entries_are_never_forgotten() -> None:
    """An entry is remembered while the feed lists it, and for a month after that."""
    state = succeed(history.mark_seen(STATE, ["stays", "leaves"], NOW), ["stays", "leaves"], NOW)
    for day in (29, 31, 200):
        state = succeed(state, ["stays"], NOW + timedelta(days=day))
        assert set(state.seen) == ({"stays", "leaves"} if day == 29 else {"stays"})


def test_number_of_seen_entries_is_bounded() -> None:
    """The number of remembered entries is limited, and the latest ones stay."""
    state = STATE.model_copy(update={"seen": {f"k{number}": number for number in range(history.MAX_SEEN + 10)}})
    kept = succeed(state, ["k0"], datetime(1970, 1, 2, tzinfo=UTC)).seen
    assert len(kept) == history.MAX_SEEN
    assert {"k0", f"k{history.MAX_SEEN + 9}"} <= set(kept)
    assert "k1" not in kept
