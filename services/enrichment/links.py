"""Links of entities to a knowledge base, as the core sees them: what it gives a linker, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, Protocol

from services.enrichment.encoder import EntityType, Identity

Relation = Literal["same", "demonym"]

STOP_WORDS: Final = frozenset("and for from its the was who with".split())
"""Words of descriptions that say nothing about the item, of three letters and more."""

SHORTEST_WORD: Final = 3
"""Letters of the shortest word of a description that says something about the item."""


@dataclass(frozen=True)
class Item:
    """An item of a knowledge base. `rank` is 0 to 255; `country` is an ISO 3166 code of two letters.

    `own` is the id of an item of the user's own list.
    """

    number: int
    wikidata: str | None
    type: EntityType | None
    rank: int
    country: str | None
    geonames: int | None
    label: str
    description: str
    identifiers: Mapping[str, Any]
    own: str | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the description, in lower case."""
        return frozenset(self.description.lower().replace(",", " ").split())

    @cached_property
    def telling_words(self) -> frozenset[str]:
        """The words of the description of three letters and more that are no stop words and no words of the label."""
        known = STOP_WORDS.union(self.label.lower().split())
        return frozenset(word for word in self.words - known if len(word) >= SHORTEST_WORD)


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item with the probability that an entity is this item."""

    item: Item
    probability: float


@dataclass(frozen=True, slots=True)
class EntityLink:
    """The answer for an entity: the item that it is, or None, and its best candidates.

    `relation` is "demonym" if the entity is not the item itself but a word for what is of that country. `type` is the
    type of the entity where the base is certain that the encoder's is wrong. `is_ignored` is True if the user's own
    list says that this is no entity.
    """

    item: Item | None
    confidence: float
    relation: Relation = "same"
    candidates: tuple[ScoredItem, ...] = ()
    type: EntityType | None = None
    is_ignored: bool = False


NO_LINK: Final = EntityLink(None, 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A mention at code points `start` to `end` of a field, half open."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MentionedEntity:
    """An entity with the places of its mentions. `type` is None if nothing is known of it."""

    type: EntityType | None
    name: str
    places: Sequence[Place]


class ArticleLinker(Protocol):
    """A linker of the entities of an article."""

    @property
    def identity(self) -> Identity:
        """Name, version and SHA-256 of the knowledge base."""

    def link_article(self, entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> list[EntityLink]:
        """Return the link of each entity, in their order. `fields` are the texts that the places count in."""
