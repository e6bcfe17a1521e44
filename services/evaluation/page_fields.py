"""Scores of the fields that cleaning finds in a page: headline, day of publication and authors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.evaluation.scores import DIGITS

QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00ad": None, "\u200b": None})
"""Quotation marks that mean the same in two headlines, and invisible characters, which are removed."""


@dataclass(slots=True)
class FieldScores:
    """The number of pages whose label has a field, and the number of those where the field was found correctly."""

    headlines: int = 0
    right_headlines: int = 0
    days: int = 0
    right_days: int = 0
    wrong_days: int = 0
    """Pages for which another day was given; where none was given, the day is neither right nor wrong."""
    authors: int = 0
    right_authors: int = 0

    def add(self, row: Mapping[str, Any], *, headline: str | None, authors: Iterable[str], day: date | None) -> None:
        """Compare what was found in a page with its label: `headline`, `authors` and `published_at` of the row.

        A field that is null in the label is not scored.
        """
        if row.get("headline"):
            self.headlines += 1
            self.right_headlines += _fold(row["headline"]) == _fold(headline or "")
        if row.get("authors") is not None:
            self.authors += 1
            self.right_authors += set(map(_fold, row["authors"])) == set(map(_fold, authors))
        wanted = read_days(row.get("published_at"))
        if wanted:
            self.days += 1
            self.right_days += day in wanted
            self.wrong_days += day is not None and day not in wanted

    def report(self) -> dict[str, float]:
        """Return the shares of right headlines, days and authors, and the number of wrong days, if labelled."""
        shares = {
            "headline": (self.right_headlines, self.headlines),
            "day": (self.right_days, self.days),
            "authors": (self.right_authors, self.authors),
        }
        report = {name: round(right / count, DIGITS) for name, (right, count) in shares.items() if count}
        return {**report, "wrong_days": self.wrong_days} if self.days else report


def read_time(text: object) -> datetime | None:
    """Return a labelled time, in UTC if it has no zone; None if it is no time."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_days(text: object) -> set[date]:
    """Return the days of a labelled time: in its own zone and in UTC; none if it is no time."""
    time = read_time(text)
    return {time.date(), time.astimezone(UTC).date()} if time else set()


def _fold(text: str) -> str:
    return " ".join(text.translate(QUOTES).split()).casefold()
