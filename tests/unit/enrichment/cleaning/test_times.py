"""Times as news copy writes them, resolved against a reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.enrichment.cleaning.times import find_moment, find_relative, parse_iso

REFERENCE = datetime(2026, 3, 10, 12, 30, 15, tzinfo=UTC)
BODY = "The council voted on Monday for a new bridge across the harbour, nine votes to two."


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("2 days ago", datetime(2026, 3, 8, tzinfo=UTC), "day"),
        ("an hour ago", datetime(2026, 3, 10, tzinfo=UTC), "day"),
        ("13 hrs ago", datetime(2026, 3, 9, tzinfo=UTC), "day"),
        ("5 mins ago", datetime(2026, 3, 10, 12, 25, tzinfo=UTC), "minute"),
        ("30 seconds ago", datetime(2026, 3, 10, 12, 29, tzinfo=UTC), "minute"),
        ("just now", datetime(2026, 3, 10, 12, 30, tzinfo=UTC), "minute"),
        ("Yesterday", datetime(2026, 3, 9, tzinfo=UTC), "day"),
        ("two weeks ago", datetime(2026, 2, 1, tzinfo=UTC), "month"),
        ("3 months ago", datetime(2025, 12, 1, tzinfo=UTC), "month"),
        ("10 years ago", datetime(2016, 1, 1, tzinfo=UTC), "year"),
        ("3d ago", datetime(2026, 3, 7, tzinfo=UTC), "day"),
    ],
)
def test_relative_times(text: str, value: datetime, precision: str) -> None:
    """A relative time has the precision of its unit, and is the start of its day, month or year."""
    found = find_relative(text, REFERENCE)

    assert found is not None
    assert (found.value, found.precision) == (value, precision)


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("March 9", datetime(2026, 3, 9, tzinfo=UTC), "day"),
        ("March 11", datetime(2026, 3, 11, tzinfo=UTC), "day"),
        ("March 12", datetime(2025, 3, 12, tzinfo=UTC), "day"),
        ("Dec. 30", datetime(2025, 12, 30, tzinfo=UTC), "day"),
        ("Feb 29", datetime(2024, 2, 29, tzinfo=UTC), "day"),
        ("4 July 2024", datetime(2024, 7, 4, tzinfo=UTC), "day"),
        ("July 4th, 1900", datetime(1900, 7, 4, tzinfo=UTC), "day"),
        ("2100-01-01", datetime(2100, 1, 1, tzinfo=UTC), "day"),
        ("Nov 18, 2019 at 4:07 PM EST", datetime(2019, 11, 18, 21, 7, tzinfo=UTC), "minute"),
        ("Nov 18, 2019, 23:30 +02:00", datetime(2019, 11, 18, 21, 30, tzinfo=UTC), "minute"),
        ("Nov 18, 2019 at 4:07 PM", datetime(2019, 11, 18, tzinfo=UTC), "day"),
        ("Nov 18, 2019 at 4:07 PM ET", datetime(2019, 11, 18, 21, 7, tzinfo=UTC), "minute"),
        ("11:07 PM PDT, Mon July 1, 2024", datetime(2024, 7, 2, 6, 7, tzinfo=UTC), "minute"),
        ("Stand: 18.11.2019, 16:07 Uhr", datetime(2019, 11, 18, tzinfo=UTC), "day"),
        ("le 18 novembre 2019", datetime(2019, 11, 18, tzinfo=UTC), "day"),
    ],
)
def test_written_days(text: str, value: datetime, precision: str) -> None:
    """A day without a year is the latest one up to a day after the reference; a time of day needs its zone."""
    found = find_moment(text, REFERENCE)

    assert found is not None
    assert (found.value, found.precision) == (value, precision)


@pytest.mark.parametrize("text", ["Feb 30, 2024", "2024-13-01", "4/7/2024", "May", "0000-01-01", ""])
def test_impossible_and_ambiguous_days_are_not_read(text: str) -> None:
    """A day that is not in the calendar, or that is ambiguous, is not read."""
    assert find_moment(text, REFERENCE) is None


def test_without_a_reference() -> None:
    """Without a reference, neither a relative time nor a day without a year is read."""
    assert find_relative("2 days ago", None) is None
    assert find_moment("March 9", None) is None


@pytest.mark.parametrize("text", ["9999 years ago", "2030 years ago"])
def test_a_time_before_the_calendar_is_not_read(text: str) -> None:
    """A relative time before the year 1 is not read."""
    assert find_relative(text, REFERENCE) is None


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)), st.text(max_size=40))
def test_any_reference_is_accepted(reference: datetime, text: str) -> None:
    """Times are resolved without an error against any reference, even on the first and last day of the calendar."""
    for find in (find_moment, find_relative):
        for sample in ("1 second ago", "1 day ago", "1 week ago", "1 month ago", "Feb 29", "Dec 31", text):
            find(sample, reference.replace(tzinfo=UTC))


@pytest.mark.parametrize("text", ["2024-07-04T10:00:00Z", "2024-07-04T12:00:00+02:00", "2024-07-04 10:00:00"])
def test_iso_times(text: str) -> None:
    """An ISO 8601 time has the precision of a second, and is in UTC if it has no offset."""
    found = parse_iso(text)

    assert found is not None
    assert (found.value, found.precision) == (datetime(2024, 7, 4, 10, tzinfo=UTC), "second")


def test_placeholders_are_no_times() -> None:
    """The year 1, which some systems write for a missing time, is not read, and neither is other text."""
    assert parse_iso("0001-01-01T00:00:00Z") is None
    assert parse_iso("yesterday") is None


@pytest.mark.parametrize(
    ("content", "basis", "value"),
    [
        (f"ACCRA, March 8 (AP) -- {BODY}", "dateline", datetime(2026, 3, 8, tzinfo=UTC)),
        (f"A bridge for all\n\nPublished March 7, 2026\n\n{BODY}", "text", datetime(2026, 3, 7, tzinfo=UTC)),
        (f"A bridge for all\n\nwire.example 3 days ago\n\n{BODY}", "relative", datetime(2026, 3, 7, tzinfo=UTC)),
        (
            f"A bridge for all\n\nwire.example 3 days ago\n\nPublished March 6, 2026\n\nACCRA, March 8 (AP) -- {BODY}",
            "dateline",
            datetime(2026, 3, 8, tzinfo=UTC),
        ),
        (BODY, "fetched", REFERENCE),
    ],
)
def test_the_best_basis_wins(content: str, basis: str, value: datetime) -> None:
    """The time of publication comes from the dateline, else a written time, else a relative time, else the fetch."""
    found = clean(RawArticle(content=content), reference=REFERENCE).published_at

    assert found is not None
    assert (found.basis, found.value) == (basis, value)


def test_the_senders_time_comes_first() -> None:
    """The time that the sender gives is used before all others, to the second and in UTC."""
    raw = RawArticle.model_validate(
        {"content": f"ACCRA, March 8 (AP) -- {BODY}", "published_at": "1900-01-01T00:00:00+02:00"}
    )

    found = clean(raw, reference=REFERENCE).published_at

    assert found is not None
    assert (found.basis, found.precision) == ("metadata", "second")
    assert found.value == datetime(1899, 12, 31, 22, tzinfo=UTC)


def test_times_at_the_ends_of_the_calendar() -> None:
    """A time that is outside the calendar in UTC is left out without an error."""
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))

    assert clean(RawArticle.model_construct(content=BODY, published_at=first), reference=first).published_at is None


def test_updates_are_distinguished_from_publication() -> None:
    """A line that begins with "Updated" gives the time of the last change."""
    content = f"A bridge for all\n\nPublished March 7, 2026\nUpdated March 9, 2026\n\n{BODY}"

    article = clean(RawArticle(content=content), reference=REFERENCE)

    assert article.modified_at is not None
    assert (article.modified_at.value, article.modified_at.basis) == (datetime(2026, 3, 9, tzinfo=UTC), "text")


def test_no_time_without_a_reference() -> None:
    """An article without a time that is cleaned without a reference has no time of publication."""
    assert clean(RawArticle(content=BODY), reference=None).published_at is None
