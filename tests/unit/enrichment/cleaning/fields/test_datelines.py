"""Datelines, and texts that only look like datelines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.enrichment.cleaning.fields.datelines import find_dateline

REFERENCE = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "place", "date", "agency"),
    [
        ("July 4 (UPI) -- ", None, "2025-07-04", "UPI"),
        ("ASTANA, Kazakhstan, July 4 (Reuters) -- ", "ASTANA, Kazakhstan", "2025-07-04", "Reuters"),
        ("LONDON (AP) — ", "LONDON", None, "AP"),
        ("SALVADOR, Feb 26 - ", "SALVADOR", "2026-02-26", None),
        ("NEW YORK, N.Y. (Reuters) - ", "NEW YORK, N.Y.", None, "Reuters"),
        ("ST. LOUIS, Dec. 30, 2019 (AP) – ", "ST. LOUIS", "2019-12-30", "AP"),
        ("Bergen, 9 March (dpa) - ", "Bergen", "2026-03-09", "dpa"),
        ("(Reuters) - ", None, None, "Reuters"),
        ("PARIS — ", "PARIS", None, None),
        ("March 9 (Northwire) -- ", None, "2026-03-09", "Northwire"),
        ("VALLETTA (Baltic Press) — ", "VALLETTA", None, "Baltic Press"),
        ("VALLETTA - 9 March 2026: ", "VALLETTA", "2026-03-09", None),
        ("VALLETTA– 9 March: ", "VALLETTA", "2026-03-09", None),
        ("NEW DELHI: ", "NEW DELHI", None, None),
    ],
)
def test_datelines(head: str, place: str | None, date: str | None, agency: str | None) -> None:
    """Place, date and agency of a dateline are found, whichever of them it has."""
    found = find_dateline(f"{head}The council voted on Monday.", REFERENCE)

    assert found is not None
    assert (found.dateline.place, found.dateline.date, found.dateline.agency) == (place, date, agency)
    assert found.length == len(head)


@pytest.mark.parametrize(
    "text",
    [
        "Ingrid Larsen - the mayor - said so.",
        "The Bergen (AP) office closed.",
        "I went - home.",
        "LONDON: the city and its bridges",
        "BREAKING NEWS: The council voted on Monday.",
        "UPDATE — The council voted on Monday.",
        "Result: The council voted on Monday.",
        "VALLETTA - 9 boats left.",
        "- an item",
        "July was hot.",
        "March 9 was a Monday.",
        "Larsen (UPI) wrote it down.",
        "(Northwire) -- the agency - said so.",
        "Ingrid Larsen (Labour) — who voted for it — was pleased.",
        "",
    ],
)
def test_a_text_without_a_dateline(text: str) -> None:
    """Names, dashes and dates in a sentence are no dateline."""
    assert find_dateline(text, REFERENCE) is None


def test_without_a_reference_a_date_needs_its_year() -> None:
    """Without a reference, "July 4" has no year, and the dateline has no date."""
    found = find_dateline("July 4 (UPI) -- The council voted.", None)

    assert found is not None
    assert found.dateline.date is None
