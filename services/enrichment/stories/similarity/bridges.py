"""Bridges: articles that belong to two stories, and the figures that say whether the two are one event.

Reports of one event in other words open two stories, and a later article has the words of both. A summary of the day's
news has the words of two events as well: the stories of two events share no names. Of two events that are much alike,
articles fit the other story, too, but each story grows, because its own articles fit it better.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from services.enrichment.stories.features.extraction import NAME
from services.enrichment.stories.similarity.comparison import LOGARITHMS, MEASURED_SIZE, compare_values, scale_facts
from services.enrichment.stories.similarity.profile import ProfileView


class Bridge(NamedTuple):
    """The figures of two stories and an article that belongs to both. Their names are those of the weights."""

    second: float
    """Log-odds that the article belongs to the story that it fits less."""
    size: float
    """Logarithm of the number of articles of the smaller story, from 0 to 1: an accidental second story stays small."""
    other_slots: float
    """Words next to which the two stories have numbers, but no equal one, from 0 to 1."""
    other_years: float
    """1 if the two stories have years, but no equal one."""


FIGURES: Final = Bridge._fields


def measure_bridge(second: float, one: ProfileView, other: ProfileView) -> Bridge:
    """Return the figures of two stories; `second` is the lower of the article's log-odds."""
    smaller = min(one.profile.articles, other.profile.articles)
    shared = one.slots.keys() & other.slots.keys()
    different = sum(one.slots[key].isdisjoint(other.slots[key]) for key in shared)
    _, other_years = compare_values(one.values["year"], other.values["year"])
    return Bridge(second, LOGARITHMS[min(smaller, MEASURED_SIZE)], scale_facts(different), other_years)


def compare_names(one: ProfileView, other: ProfileView) -> float:
    """Return the cosine of the names of two stories, 0 to 1; 1 if neither has names."""
    named = [
        {code: weight for code, (weight, _, _, roles) in story.profile.terms.items() if roles & NAME}
        for story in (one, other)
    ]
    if not any(named):
        return 1.0
    product = sum(named[0][code] * named[1][code] for code in named[0].keys() & named[1].keys())
    return product / (one.name_norm * other.name_norm)
