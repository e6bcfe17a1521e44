"""State of a story and mark of an article, which match writes to the verdict log. Internal parts of a public record."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt

from services.contracts.base import Contract
from services.contracts.event.entities import EntityType
from services.contracts.event.story import Novelty, Story


class StoryEntity(Contract):
    """An entity of a story."""

    key: str
    """The key of the entity, the same in every article."""
    name: str
    """The name as the first article of the story has it."""
    type: EntityType
    """The type."""
    articles: PositiveInt
    """The number of articles of the story that name the entity, copies included."""


class StoryState(Contract):
    """A story after an article, from which match restores it."""

    id: str
    """The id of the story, which is that of its first article."""
    version: PositiveInt
    """The number of changes of the story, from 1."""
    opened_ms: NonNegativeInt
    """The time of the first article, in milliseconds since the epoch."""
    updated_ms: NonNegativeInt
    """The time of the latest article, in milliseconds since the epoch."""
    headline: str | None = None
    """The headline of the representative article."""
    latest: str
    """The id of the latest article."""
    representative: str
    """The id of the article that is most like the story."""
    representative_score: int = 0
    """The similarity of the representative to the story when it arrived, in thousandths."""
    size: PositiveInt
    """The number of articles, copies included."""
    originals: PositiveInt
    """The number of articles that are no copies."""
    sources: tuple[NonNegativeInt, ...]
    """The hashes of the independent sources, ascending."""
    entities: tuple[StoryEntity, ...] = ()
    """The entities that most articles name."""
    languages: tuple[str, ...] = ()
    """The languages of the articles, as codes (BCP 47)."""
    shard_language: str | None = None
    """The language that decides about the shard of the first article; null in records of Copydesk 0.2. When the
    language gets a shard of its own, only that shard continues the story."""
    members: tuple[str, ...] = ()
    """The ids of the stories that were merged into this one."""
    profile: str
    """The base64 of the strongest terms and the facts of the story."""


class StoryEnds(Contract):
    """The stories that ended because of an article."""

    merged: tuple[str, ...] = ()
    """The ids of the stories that were merged into the story of the article."""
    closed: tuple[str, ...] = ()
    """The ids of the stories whose time was over."""


class StoryMark(Contract):
    """Change by an article: its story, and the stories that ended because of it."""

    story: Story
    """The answer in the article's event."""
    state: StoryState
    """The story after the article."""
    merged: tuple[str, ...] = ()
    """The ids of the stories that were merged into this one because of the article."""
    closed: tuple[str, ...] = ()
    """The ids of the stories that ended before the article, because their time was over."""
    entities: tuple[str, ...] = ()
    """The keys of the entities of the article."""
    novelty: dict[str, Novelty] = {}
    """The novelty of those entities that an earlier article names, by their keys. All others are new."""
    is_late: bool = False
    """True if the article arrived more than a day after its publication."""
