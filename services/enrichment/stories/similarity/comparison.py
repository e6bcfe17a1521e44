"""Comparison of an article with a story: the figures from which the score is computed."""

from __future__ import annotations

from typing import Final, NamedTuple

from services.enrichment.stories.features.extraction import LEADING_NAME, NAME
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import ProfileView

MOST_FACTS: Final = 3
"""Number of equal or different facts from which more say no more."""
MOST_NUMBERS: Final = 4
MEASURED_SIZE: Final = 16
"""Articles of a story from which a larger one is no more likely to have another."""
LOGARITHMS: Final = (
    0.0, 0.0, 0.25, 0.4, 0.5, 0.58, 0.65, 0.7, 0.75, 0.79, 0.83, 0.86, 0.9, 0.93, 0.95, 0.98, 1.0,
)  # fmt: skip
"""Logarithm to the base 16 of a number of articles: a table, so that every machine computes the same score."""
NO_NAMES: Final = 0.5
"""Share of known names of an article that opens without any."""


class Comparison(NamedTuple):
    """The figures, each from 0 to 1. Their names are those of the weights."""

    core: float
    """Share of the story's core terms that the article has."""
    leading_names: float
    """Share of the names with which the article opens that the story has."""
    equal_slots: float
    """Numbers beside the same word that are equal."""
    other_slots: float
    """Numbers beside the same word that the story does not have."""
    equal_dates: float
    other_dates: float
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
    other_years: float
    size: float
    """Logarithm of the number of articles: the words of many articles agree with more."""


NAMES: Final = Comparison._fields


def compare(article: ArticleView, story: ProfileView) -> Comparison:
    """Compare an article with the profile of a story."""
    terms = story.profile.terms
    words = names = lead = leading = leading_known = 0.0
    for term in article.terms:
        if term.roles & LEADING_NAME:
            leading += term.lead
        known = terms.get(term.hash)
        if known is None:
            continue
        weight, known_lead, _, roles = known
        words += term.weight * weight
        lead += term.lead * known_lead
        if roles & NAME:
            if term.roles & NAME:
                names += term.weight * weight
            if term.roles & LEADING_NAME:
                leading_known += term.lead
    equal_slots, other_slots = _compare_slots(article, story)
    dates, years = (_compare_values(article, story, kind) for kind in ("date", "year"))
    shared_numbers = sum(1 for fact in article.facts if fact.kind == "number" and fact.value in story.values["number"])
    return Comparison(
        core=_share(story.core, article),
        leading_names=leading_known / leading if leading else NO_NAMES,
        equal_slots=equal_slots,
        other_slots=other_slots,
        equal_dates=dates[0],
        other_dates=dates[1],
        words=words / story.norm,
        names=names / (story.name_norm * article.name_norm) if article.name_norm else 0.0,
        lead=lead / story.lead_norm,
        top_names=_share(story.top_names, article),
        numbers=min(shared_numbers, MOST_NUMBERS) / MOST_NUMBERS,
        equal_years=years[0],
        other_years=years[1],
        size=LOGARITHMS[min(story.profile.articles, MEASURED_SIZE)],
    )


def _share(wanted: dict[int, int], article: ArticleView) -> float:
    total = sum(wanted.values())
    return sum(weight for code, weight in wanted.items() if code in article.hashes) / total if total else 0.0


def _compare_slots(article: ArticleView, story: ProfileView) -> tuple[float, float]:
    equal = other = 0
    for fact in article.facts:
        if fact.kind == "slot" and fact.key in story.slots:
            if fact.value in story.slots[fact.key]:
                equal += 1
            else:
                other += 1
    return min(equal, MOST_FACTS) / MOST_FACTS, min(other, MOST_FACTS) / MOST_FACTS


def _compare_values(article: ArticleView, story: ProfileView, kind: str) -> tuple[float, float]:
    ours = {fact.value for fact in article.facts if fact.kind == kind}
    theirs = story.values[kind]
    if not ours or not theirs:
        return 0.0, 0.0
    return (1.0, 0.0) if ours & theirs else (0.0, 1.0)


def compare_stories(one: ProfileView, other: ProfileView) -> float:
    """Return the cosine of the terms of two stories, 0 to 1."""
    shared = one.profile.terms.keys() & other.profile.terms.keys()
    # Sorted, so that the sum does not depend on the order of the terms.
    product = sum(one.profile.terms[code][0] * other.profile.terms[code][0] for code in sorted(shared))
    return product / (one.norm * other.norm)
