"""The articles of a story in the order of their arrival, and what each of them added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.event import Article, EnrichedArticle, Story, StoryReason, Verdict
from services.contracts.event.story import ReasonKind
from services.contracts.text.opening import cut_opening
from services.contracts.text.quantities import write_likelihood

REASONS: Final[Mapping[ReasonKind, str]] = {
    "copy": "It repeats an article of the story",
    "names": "The same names",
    "words": "The same words",
    "numbers": "The same numbers",
    "dates": "The same dates",
    "other_numbers": "Other numbers than the story has",
    "other_dates": "Other dates than the story has",
}
"""Beginning of the sentence for each kind of reason."""
OPENING_CHARACTERS: Final = 90
"""Characters of the body that stand for a missing headline."""
OTHER_FACTS: Final[Collection[ReasonKind]] = ("other_numbers", "other_dates")
"""Kinds of what disagrees with the earlier articles."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """An article of a story, and what it added."""

    id: str
    at: datetime | None
    source: str | None
    headline: str | None
    opening: str
    """First words of the body; empty if there is a headline."""
    language: str
    verdict: Verdict
    place: str
    """Reason why it belongs to the story: it is the first article, it is a copy, or the probability."""
    names: tuple[str, ...]
    """Entities that no earlier article of the story names."""
    other_facts: tuple[str, ...]
    """Numbers and dates that differ from those of the earlier articles."""
    reasons: tuple[str, ...]
    """Reasons why it belongs to the story, in words."""
    is_first: bool = False
    """True if it opened the story."""
    is_copy: bool = False
    """True if it has the story of the article that it repeats."""
    similarity: float | None = None
    """Probability that it belongs to the story; None for the first article."""


def describe_articles(events: Iterable[EnrichedArticle]) -> list[StoryLine]:
    """Return a line for each article of a story, in the order of arrival."""
    seen: set[str] = set()
    lines = []
    for event in _order(events):
        entities = [(entity.key or entity.name, entity.name) for entity in event.entities or ()]
        new = {key: name for key, name in entities if key not in seen}
        seen.update(new)
        lines.append(describe_article(event.id, event.article, event.duplicate.verdict, event.story, new.values()))
    return lines


def describe_article(
    article_id: str, article: Article, verdict: Verdict, story: Story | None, new_names: Iterable[str] = ()
) -> StoryLine:
    """Return the line of an article with the names that no earlier article of its story has."""
    because = story.because if story is not None else ()
    is_first = story is None or story.is_first
    is_copy = bool(because) and because[0].kind == "copy"
    similarity = story.similarity if story is not None else None
    return StoryLine(
        id=article_id,
        at=article.ingested_at,
        source=article.source,
        headline=article.headline,
        opening="" if article.headline else cut_opening(article.body, OPENING_CHARACTERS),
        language=article.language.code,
        verdict=verdict,
        place="first" if is_first else f"copy ({verdict})" if is_copy else f"{similarity:.2f}",
        names=tuple(new_names),
        other_facts=tuple(value for each in because if each.kind in OTHER_FACTS for value in each.values),
        reasons=_explain(reason for reason in because if reason.kind not in OTHER_FACTS),
        is_first=is_first,
        is_copy=is_copy,
        similarity=similarity,
    )


def describe_place(line: StoryLine) -> str:
    """Return in words how an article came to its story."""
    if line.is_copy:
        return "in the story of its original"
    if line.is_first or line.similarity is None:
        return "opened the story"
    return f"{write_likelihood(line.similarity)} likely the same event"


def explain_story(story: Story | None) -> tuple[str, ...]:
    """Return sentences that say why an article belongs to its story, and what disagrees; none for the first article."""
    return _explain(story.because if story is not None else ())


def _explain(reasons: Iterable[StoryReason]) -> tuple[str, ...]:
    return tuple(
        f"{REASONS[reason.kind]}." if reason.kind == "copy" else f"{REASONS[reason.kind]}: {', '.join(reason.values)}."
        for reason in reasons
    )


def _order(events: Iterable[EnrichedArticle]) -> list[EnrichedArticle]:
    """Return articles in the order in which match added them to their story.

    Within one story that is the order of its sizes; articles of merged stories are placed by their arrival. Arrivals
    alone are no order: articles that arrive within milliseconds reach match in another one.
    """
    placed = []
    clocks: dict[str, float] = {}
    for event in sorted(events, key=lambda event: (event.story.size if event.story else 0, event.id)):
        story_id, size = (event.story.id, event.story.size) if event.story else (event.id, 0)
        arrived = event.article.ingested_at.timestamp() if event.article.ingested_at is not None else 0.0
        clocks[story_id] = max(arrived, clocks.get(story_id, 0.0))
        placed.append((clocks[story_id], size, event.id, event))
    return [event for _, _, _, event in sorted(placed, key=lambda each: each[:3])]
