"""Headline, day and authors of pages are compared with their labels."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.evaluation.page_fields import FieldScores

LABEL: dict[str, Any] = {
    "headline": "Skerrin's “new” lamp",
    "authors": ["Ida Ross", "Timo Berg"],
    "published_at": "2026-03-09T23:30:00-02:00",
}


@pytest.mark.parametrize(
    ("headline", "authors", "day", "report"),
    [
        ('Skerrin’s  "New" lamp', ["Timo Berg", "ida ross"], date(2026, 3, 9), (1.0, 1.0, 1.0, 0)),
        ("Skerrin's new lamp", ["Ida Ross"], date(2026, 3, 10), (0.0, 1.0, 0.0, 0)),
        (None, [], date(2026, 3, 8), (0.0, 0.0, 0.0, 1)),
        (None, [], None, (0.0, 0.0, 0.0, 0)),
    ],
    ids=["right", "day in UTC", "wrong day", "nothing found"],
)
def test_fields(headline: str | None, authors: list[str], day: date | None, report: tuple[float, ...]) -> None:
    """Marks and letter case do not count, all authors do, and a day that was not found is not wrong."""
    scores = FieldScores()
    scores.add(LABEL, headline=headline, authors=authors, day=day)
    found = scores.report()
    assert (found["headline"], found["day"], found["authors"], found["wrong_days"]) == report


def test_fields_without_a_label() -> None:
    """A field without a label is not scored, and no authors can be a label."""
    scores = FieldScores()
    scores.add({"headline": None, "authors": None}, headline="x", authors=["y"], day=None)
    assert scores.report() == {}
    scores.add({"authors": []}, headline="x", authors=[], day=None)
    assert scores.report() == {"authors": 1.0}
