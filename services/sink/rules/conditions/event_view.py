"""The forms of an event's parts that conditions compare. All rules share them, and each is made when first needed."""

from __future__ import annotations

from functools import cached_property, lru_cache

from services.contracts.event import EnrichedArticle, Entity, EntityType
from services.contracts.text.names import MEMO_NAMES, Key, make_key
from services.sink.rules.conditions.sources import fold_source, list_parents
from services.sink.rules.conditions.words import Text

Name = tuple[EntityType, Key]
"""A name of an entity, folded, with the entity's type."""


class EventView:
    """An event as the conditions see it."""

    def __init__(self, event: EnrichedArticle) -> None:
        self.event = event

    @cached_property
    def headline(self) -> Text | None:
        """The headline; None if the article has none."""
        return Text(self.event.article.headline) if self.event.article.headline else None

    @cached_property
    def body(self) -> Text | None:
        """The body; None if it is empty."""
        return Text(self.event.article.body) if self.event.article.body else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The language code and the shorter codes above it (zh-hant-tw, zh-hant, zh) in lower case."""
        subtags = self.event.article.language.code.lower().split("-")
        return tuple("-".join(subtags[:length]) for length in range(len(subtags), 0, -1))

    @cached_property
    def sources(self) -> tuple[str, ...] | None:
        """The publisher and, for a host, the hosts above it; None if the article has no source."""
        source = fold_source(self.event.article.source or "")
        return tuple(list_parents(source)) if source else None

    @cached_property
    def names(self) -> frozenset[Name]:
        """All names of all entities."""
        return frozenset().union(*map(list_names, self.event.entities or ()))


def list_names(entity: Entity) -> set[Name]:
    """Return all names of an entity: the one that is shown, and the text of each mention."""
    texts = {mention.text for mention in entity.mentions}
    texts.add(entity.name)
    kind = entity.type
    return {fold_name(text, kind) for text in texts}


@lru_cache(MEMO_NAMES)
def fold_name(text: str, kind: EntityType) -> Name:
    """Return the name of an entity of a type as rules compare it."""
    return kind, make_key(text, kind)
