"""Preparation of an article's entities for the linker: their names, and the places and tickers after their mentions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.enrichment.entities.names.tickers import Ticker, find_tickers, make_ticker_name
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.links import MentionedEntity

TICKER_GAP: Final = 3
"""Maximum number of code points between a name and its ticker: a blank and a bracket."""

COMMA: Final = ", "


def prepare_entities(entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> list[NamedEntity]:
    """Return the entities of an article as the linker reads them."""
    starts = {
        (place.field, place.start): fields[place.field][place.start : place.end]
        for entity in entities
        for place in entity.places
    }
    tickers = {field: [*find_tickers(text)] for field, text in fields.items()}
    return [_prepare(entity, fields, starts, tickers) for entity in entities]


def _prepare(
    entity: MentionedEntity,
    fields: Mapping[str, str],
    starts: Mapping[tuple[str, int], str],
    tickers: Mapping[str, Sequence[Ticker]],
) -> NamedEntity:
    surfaces = {fields[place.field][place.start : place.end] for place in entity.places} - {entity.name}
    names = (entity.name, *sorted(surfaces, key=lambda name: (-len(name.split()), -len(name), name)))
    qualifiers = [
        starts[place.field, place.end + len(COMMA)]
        for place in entity.places
        if fields[place.field].startswith(COMMA, place.end) and (place.field, place.end + len(COMMA)) in starts
    ]
    return NamedEntity(
        entity.type,
        names,
        qualifiers[0] if qualifiers and entity.type in ("LOC", None) else None,
        tuple(
            make_ticker_name(ticker.exchange, ticker.symbol)
            for place in entity.places
            for ticker in tickers[place.field]
            if 0 <= ticker.start - place.end <= TICKER_GAP or place.start <= ticker.start < place.end
        ),
    )
