"""Preparation of an article's entities for the linker: their names, and the places and letters after their mentions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Final

from services.enrichment.encoder import EntityType
from services.enrichment.entities.names.tickers import Ticker, find_tickers, make_ticker_name
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.name_keys import is_acronym
from services.enrichment.links import MentionedEntity

TICKER_GAP: Final = 3
"""Maximum number of code points between a name and its ticker: a blank and a bracket."""

COMMA: Final = ", "

OPENING: Final = " ("

CLOSING: Final = ")"

QUALIFIED_TYPES: Final = frozenset[EntityType | None]({"LOC", None})
"""Types of an entity that the place after a comma qualifies."""

DEFINED_TYPES: Final = frozenset[EntityType | None]({"ORG", None})
"""Types of letters in parentheses and of the entity before them. After a place they name a news agency or a party."""

_find_start: Final = attrgetter("start")


class MentionsOfArticle:
    """The mentions of an article by their places, and its tickers.

    What few articles need is computed at its first use.
    """

    def __init__(self, entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> None:
        """Connect the entities and the texts that their places count in."""
        self._entities = entities
        self._fields = fields
        found = {field: sorted(find_tickers(text), key=_find_start) for field, text in fields.items()}
        self._tickers = {field: tickers for field, tickers in found.items() if tickers}

    @cached_property
    def _ends(self) -> Mapping[tuple[str, int], int]:
        """The end of each mention by its field and its start."""
        return {(place.field, place.start): place.end for entity in self._entities for place in entity.places}

    @cached_property
    def _defined(self) -> Mapping[tuple[str, int], int]:
        """The numbers of entities that letters may follow, by the field and the end of each mention."""
        return {
            (place.field, place.end): number
            for number, entity in enumerate(self._entities)
            if entity.type in DEFINED_TYPES
            for place in entity.places
        }

    def list_names(self, entity: MentionedEntity) -> tuple[str, ...]:
        """Return the different surfaces of an entity, its name first and then the fullest."""
        surfaces = {self._fields[place.field][place.start : place.end] for place in entity.places}
        surfaces.discard(entity.name)
        return (entity.name, *sorted(surfaces, key=lambda name: (-len(name.split()), -len(name), name)))

    def find_qualifier(self, entity: MentionedEntity) -> str | None:
        """Return the first entity that a comma separates from a mention: Texas in "Paris, Texas"."""
        for place in entity.places:
            text, start = self._fields[place.field], place.end + len(COMMA)
            if text.startswith(COMMA, place.end) and (end := self._ends.get((place.field, start))):
                return text[start:end]
        return None

    def find_definer(self, entity: MentionedEntity) -> int | None:
        """Return the number of the entity that has these letters after it in parentheses: Northwire Group (NWG)."""
        for place in entity.places:
            text, start = self._fields[place.field], place.start - len(OPENING)
            if start > 0 and text.startswith(OPENING, start) and text.startswith(CLOSING, place.end):
                return self._defined.get((place.field, start))
        return None

    def list_tickers(self, entity: MentionedEntity) -> tuple[str, ...]:
        """Return the names that a base has for the tickers in and next to the mentions of an entity."""
        found: list[Ticker] = []
        for place in entity.places if self._tickers else ():
            tickers = self._tickers.get(place.field, ())
            first = bisect_left(tickers, place.start, key=_find_start)
            found += tickers[first : bisect_right(tickers, place.end + TICKER_GAP, first, key=_find_start)]
        return tuple([make_ticker_name(ticker.exchange, ticker.symbol) for ticker in found])


def prepare_entities(entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> list[NamedEntity]:
    """Return the entities of an article as the linker reads them."""
    mentions = MentionsOfArticle(entities, fields)
    prepared = []
    for entity in entities:
        names = mentions.list_names(entity)
        is_defined = entity.type in DEFINED_TYPES and all(is_acronym(name) for name in names)
        prepared.append(
            NamedEntity(
                entity.type,
                names,
                mentions.find_qualifier(entity) if entity.type in QUALIFIED_TYPES else None,
                mentions.list_tickers(entity),
                mentions.find_definer(entity) if is_defined else None,
            )
        )
    return prepared
