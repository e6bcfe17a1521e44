"""An article, as stories see it."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.event import UNKNOWN_LANGUAGE, Duplicate
from services.contracts.event.entities import EntityType
from services.contracts.event.story_features import StoryFeatures


@dataclass(frozen=True, slots=True)
class ArticleEntity:
    """An entity of an article."""

    key: str
    name: str
    type: EntityType


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """The parts of an article that concern stories."""

    id: str
    features: StoryFeatures
    log_ms: int
    """Time at which the raw topic received the article, in milliseconds since the epoch."""
    duplicate: Duplicate
    source: str | None = None
    """Publisher or agency, folded."""
    headline: str | None = None
    language: str = UNKNOWN_LANGUAGE
    entities: tuple[ArticleEntity, ...] = ()
    is_late: bool = False
    """True if the article arrived long after its publication."""
    shard_language: str | None = None
    """The language that decides about the shard; None if there is one shard."""
