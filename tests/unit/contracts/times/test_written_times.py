"""Times as sites, feeds and newsrooms write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.times.month_names import find_month
from services.contracts.times.written_times import find_written_time, parse_written_time


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Tue, 14 Jan 2025 09:30:00 GMT", "2025-01-14T09:30:00"),
        ("Tue, 14 Jan 2025 09:30:00 CEST", "2025-01-14T07:30:00"),
        ("14 Jan 2025 09:30 IST", "2025-01-14T04:00:00"),
        ("14 Jan 2025 09:30 AEDT", "2025-01-13T22:30:00"),
        ("14 Jan 2025 09:30:15 GMT+7", "2025-01-14T02:30:15"),
        ("2025-01-14T09:30:00+0545", "2025-01-14T03:45:00"),
        ("2025-01-14T09:30:00-03:30", "2025-01-14T13:00:00"),
        ("2025/01/14 9:30", "2025-01-14T09:30:00"),
        ("2025/1/14", "2025-01-14T00:00:00"),
        ("2025.01.14.", "2025-01-14T00:00:00"),
        ("20250114T0930", "2025-01-14T00:00:00"),
        ("January 14, 2025 9:30 PM", "2025-01-14T21:30:00"),
        ("Jan. 14, 2025, 12:05 a.m. ET", "2025-01-14T05:05:00"),
        ("July 14, 2025, 12:05 p.m. ET", "2025-07-14T16:05:00"),
        ("9:30 PM EST, Tue January 14, 2025", "2025-01-15T02:30:00"),
        ("14 de enero de 2025", "2025-01-14T00:00:00"),
        ("14 janvier 2025 à 21h30", "2025-01-14T21:30:00"),
        ("Dienstag, 14. Januar 2025, 21.30 Uhr", "2025-01-14T21:30:00"),
        ("Di 14.01.25 | 21:30 Uhr", "2025-01-14T21:30:00"),
        ("14 января 2025, 21:30", "2025-01-14T21:30:00"),
        ("wtorek, 14 stycznia 2025", "2025-01-14T00:00:00"),
        ("2025. január 14.", "2025-01-14T00:00:00"),
        ("2025年1月14日 21:30", "2025-01-14T21:30:00"),
        ("2025년 1월 14일", "2025-01-14T00:00:00"),
        ("14/01/2025 21:30", "2025-01-14T21:30:00"),
        ("1/14/2025 9:30:00 PM", "2025-01-14T21:30:00"),
        ("14 Jan 2025 24:00", "2025-01-15T00:00:00"),
        ("14-JAN-2025 21:30:15.20", "2025-01-14T21:30:15"),
        ("1736847000", "2025-01-14T09:30:00"),
        ("1736847000000", "2025-01-14T09:30:00"),
        ("14 Jan 2025 09:30 XQZ", "2025-01-14T00:00:00"),
    ],
)
def test_times_are_read(text: str, iso: str) -> None:
    """Each form of a time is read to the right instant; a zone that is unknown leaves the day."""
    found = parse_written_time(text)
    assert found is not None
    assert found.value.replace(tzinfo=None).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "14 people", "3/4/2025", "2025-13-45", "0", "Thu, 01 Jan 1970 00:00:00 GMT", "0001-01-01T00:00:00",
        "1899-12-30", "0000000000", "31 February 2025", "The 1999 Group of 20", "12.13.14.15", "+1 202 555 0171",
    ],
)  # fmt: skip
def test_other_texts_are_no_times(text: str) -> None:
    """A text without a day, a day that may mean two, and the beginnings of epochs are no times."""
    assert parse_written_time(text) is None


@pytest.mark.parametrize(
    ("language", "month"), [("en-US", 3), ("en-GB", 4), ("de", 4), ("fr-FR", 4), ("en", None), (None, None)]
)
def test_the_language_says_which_number_is_the_month(language: str | None, month: int | None) -> None:
    """3/4/2025 is in March in the United States, in April elsewhere, and nothing where that is not known."""
    found = find_written_time("3/4/2025", language=language)
    assert (found.value.month if found else None) == month


def test_a_time_with_an_offset_says_so() -> None:
    """A time knows whether its text has an offset, how precise it is, and where it is."""
    text = "Updated on 14 January 2025 at 9:30 PM GMT by the desk"
    found = find_written_time(text)
    assert found is not None
    assert (found.has_offset, found.precision) == (True, "minute")
    assert text[found.start : found.end] == "14 January 2025 at 9:30 PM GMT"
    day = find_written_time("14 January 2025")
    assert day is not None
    assert (day.has_offset, day.precision) == (False, "day")


def test_months_have_names_in_many_languages() -> None:
    """Months are known by full and short names, in any case; Croatian names need the language."""
    assert [find_month(name) for name in ("März", "MARZO", "mars", "marca", "марта", "Mart", "marts")] == [3] * 7
    assert (find_month("listopada"), find_month("listopada", "hr"), find_month("Maria")) == (11, 10, None)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_not(text: str) -> None:
    """No text raises an exception."""
    find_written_time(text)
    parse_written_time(text)
