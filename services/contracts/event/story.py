"""The story of an event, and the novelty of its entities."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from services.contracts.base import Contract, Probability

ReasonKind = Literal["copy", "names", "words", "numbers", "dates", "other_numbers", "other_dates"]
Window = Literal["12h", "24h", "3d", "5d", "7d"]


class StoryReason(Contract):
    """One reason why an article belongs to its story, or something about which the two disagree."""

    kind: ReasonKind
    """copy: the article repeats an article of the story; names, words, numbers, dates: what both have; other_numbers,
    other_dates: what the article has where the story has something else."""
    values: tuple[str, ...]
    """The names, words, numbers or dates as the article writes them, the most telling ones first; for a copy the id of
    the article that it repeats."""


class Story(Contract):
    """The story of an article: the articles of one language about one event.

    The numbers are those at the time of the article. The topic `news.stories.v1` has the latest ones.
    """

    id: str
    """The id of the story, which is that of its first article. If the story is merged into another one later,
    `news.stories.v1` says so."""
    is_first: bool
    """True if the article opened the story."""
    size: PositiveInt
    """The number of articles of the story with this one, copies included."""
    sources: PositiveInt
    """The number of independent sources of the story: publishers or agencies of its articles that are no copies."""
    similarity: Probability | None = None
    """The estimated probability that the article belongs to the story; 1 for a copy, null for the first article."""
    because: tuple[StoryReason, ...] = ()
    """The reasons, with which a person can check the answer; empty for the first article."""


class Novelty(Contract):
    """Novelty of an entity in an article: the earlier articles of the shard that name the entity.

    Time is the time at which the raw topic received an article, and it never goes back within a shard. An article is
    similar if it belongs to the same story.
    """

    is_first: bool
    """True if no article of the story named the entity in the last 7 days."""
    chain_rank_24h: PositiveInt
    """The place of the article among the similar ones of the last 24 hours, from 1."""
    decay: NonNegativeInt
    """100 for the first article of the chain, and for each later one three quarters of that: 75, 56, 42."""
    similar: dict[Window, NonNegativeInt]
    """The number of earlier similar articles that name the entity, for each window of time."""
    volume: dict[Window, NonNegativeInt]
    """The number of all earlier articles that name the entity, for each window of time."""
    days_since_similar: NonNegativeFloat | None = None
    """The days since the last similar article that names the entity; null if there was none in the last 7 days."""
    late: bool = False
    """True if the article arrived more than a day after its publication. Novelty counts from its arrival."""
