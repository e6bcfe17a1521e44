"""Evidence for a story: what an article and the story have in common, and in what they disagree."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from services.contracts.event.story import ReasonKind, StoryReason
from services.enrichment.stories.features.extraction import NAME
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.comparison import NO_PRESENT
from services.enrichment.stories.similarity.profile import ProfileView
from services.enrichment.structs import build_struct

_Reason = build_struct(StoryReason)

SHOWN: Final = 5
"""Values of one kind that the evidence names."""


def build_evidence(article: ArticleView, story: ProfileView, present: Set[int] = NO_PRESENT) -> tuple[StoryReason, ...]:
    """Return the reasons for an article and a story, and what disagrees. Each kind has its strongest values first.

    `present` are the present dates and years, from `find_present`: they are no reason.
    """
    names: list[tuple[float, str]] = []
    words: list[tuple[float, str]] = []
    for term in article.terms:
        known = story.profile.terms.get(term.hash)
        if known is not None:
            is_name = bool(term.roles & known[3] & NAME)
            (names if is_name else words).append((-term.weight * known[0], term.word))
    facts = _compare_facts(article, story, present)
    found: tuple[tuple[ReasonKind, list[str]], ...] = (
        ("names", [word for _, word in sorted(names)]),
        ("words", [word for _, word in sorted(words)]),
        ("numbers", facts["numbers"]),
        ("dates", facts["dates"]),
        ("other_numbers", facts["other_numbers"]),
        ("other_dates", facts["other_dates"]),
    )
    return tuple(_Reason(kind=kind, values=tuple(values[:SHOWN])) for kind, values in found if values)


def _compare_facts(article: ArticleView, story: ProfileView, present: Set[int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"numbers": [], "dates": [], "other_numbers": [], "other_dates": []}
    for fact in article.facts:
        if fact.kind == "slot":
            known = story.slots.get(fact.key)
            if known:
                found["numbers" if fact.value in known else "other_numbers"].append(fact.text)
        elif fact.kind == "number":
            if fact.value in story.values["number"]:
                found["numbers"].append(fact.text)
        elif fact.value in story.values[fact.kind]:
            if fact.value not in present:
                found["dates"].append(fact.text)
        elif story.values[fact.kind]:
            found["other_dates"].append(fact.text)
    return {kind: list(dict.fromkeys(values)) for kind, values in found.items()}
