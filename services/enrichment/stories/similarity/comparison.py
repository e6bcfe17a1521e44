"""Comparison of an article with a story: the figures from which the score is computed."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from services.enrichment.stories.features.extraction import LEADING_NAME, NAME, hash_term
from services.enrichment.stories.parameters import DAY_MS
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import ProfileView

MOST_FACTS: Final = 3
"""Number of equal or different facts at which a figure is 1."""
MOST_NUMBERS: Final = 4
MEASURED_SIZE: Final = 16
"""Number of articles of a story at which `size` is 1."""
LOGARITHMS: Final = (
    0.0, 0.0, 0.25, 0.4, 0.5, 0.58, 0.65, 0.7, 0.75, 0.79, 0.83, 0.86, 0.9, 0.93, 0.95, 0.98, 1.0,
)  # fmt: skip
"""Logarithm to the base 16 of a number of articles: a table, so that every machine computes the same score."""
NO_NAMES: Final = 0.5
"""Share of known names of an article that opens without any."""
NO_PRESENT: Final[frozenset[int]] = frozenset()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Comparison(NamedTuple):
    """The figures, each from 0 to 1. Their names are those of the weights."""

    core: float
    """Share of the story's core terms that the article has."""
    leading_names: float
    """Share of the names with which the article opens that the story has."""
    equal_slots: float
    """Numbers next to the same word that are equal."""
    other_slots: float
    """Numbers next to the same word that the story does not have."""
    equal_dates: float
    """1 if both have a date in common that is not the present one."""
    other_dates: float
    """1 if both have dates, but no equal one."""
    words: float
    """Cosine of the terms."""
    names: float
    """Cosine of the names."""
    lead: float
    """Cosine of the terms of the lead."""
    top_names: float
    """Share of the story's strongest names that the article has."""
    numbers: float
    equal_years: float
    """1 if both have a year in common that is not the present one: articles on any event have the present one."""
    other_years: float
    size: float
    """Logarithm of the number of articles: the words of many articles agree with more."""


NAMES: Final = Comparison._fields


def compare(article: ArticleView, story: ProfileView, present: frozenset[int] = NO_PRESENT) -> Comparison:
    """Compare an article with the profile of a story.

    Args:
        article: The article.
        story: The profile.
        present: The present dates and year, from `find_present`. Equal ones are no evidence for one event.
    """
    known = story.profile.terms
    words = names = lead = leading = 0.0
    for term in [term for term in article.terms if term.hash in known]:
        weight, known_lead, _, roles = known[term.hash]
        words += term.weight * weight
        lead += term.lead * known_lead
        if roles & NAME:
            if term.roles & NAME:
                names += term.weight * weight
            if term.roles & LEADING_NAME:
                leading += term.lead
    equal_slots, other_slots = _compare_slots(article, story)
    dates, years = (compare_values(article.values[kind], story.values[kind], present) for kind in ("date", "year"))
    numbers = len(article.values["number"] & story.values["number"])
    return Comparison(
        _share(story.core, story.core_total, article),
        leading / article.leading_names if article.leading_names else NO_NAMES,
        equal_slots,
        other_slots,
        *dates,
        words / story.norm,
        names / (story.name_norm * article.name_norm) if article.name_norm else 0.0,
        lead / story.lead_norm,
        _share(story.top_names, story.names_total, article),
        min(numbers, MOST_NUMBERS) / MOST_NUMBERS,
        *years,
        LOGARITHMS[min(story.profile.articles, MEASURED_SIZE)],
    )


def _share(wanted: dict[int, int], total: int, article: ArticleView) -> float:
    """Return the share of the wanted terms that the article has, by their weights."""
    held = article.hashes
    return sum([weight for code, weight in wanted.items() if code in held]) / total


def _compare_slots(article: ArticleView, story: ProfileView) -> tuple[float, float]:
    equal = other = 0
    for key, value in article.slots:
        values = story.slots.get(key)
        if values is not None:
            if value in values:
                equal += 1
            else:
                other += 1
    return scale_facts(equal), scale_facts(other)


def scale_facts(count: int) -> float:
    """Return a number of facts as a figure from 0 to 1."""
    return min(count, MOST_FACTS) / MOST_FACTS


def compare_values(ours: Set[int], theirs: Set[int], present: Set[int] = NO_PRESENT) -> tuple[float, float]:
    """Return whether two sets have a value in common that is not a present one, and whether each has others alone."""
    if not ours or not theirs:
        return 0.0, 0.0
    equal = ours & theirs
    return (float(not equal <= present), 0.0) if equal else (0.0, 1.0)


def find_present(now_ms: int) -> frozenset[int]:
    """Return the years and dates that articles on any event have at a time: those of its day and of the day before.

    The day before is among them because a date in an article is that of its own time zone.
    """
    return _find_values(max(now_ms, 0) // DAY_MS)


@lru_cache(maxsize=16)
def _find_values(day: int) -> frozenset[int]:
    values: set[int] = set()
    for number in (day, day - 1):
        date = EPOCH + timedelta(days=number)
        values |= {hash_term(str(date.year)), hash_term(f"{date.month}-{date.day}")}
    return frozenset(values)
