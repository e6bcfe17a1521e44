"""Identifiers in rules: ids of entities, and countries."""

from __future__ import annotations

import re
from typing import Final

from services.contracts.event import EnrichedArticle, Entity
from services.contracts.text.names import NIL_PREFIX, OWN_PREFIX
from services.sink.rules.conditions.condition import Condition, Finding, Truth
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.yaml_values import YamlValue

UNOFFICIAL: Final = {"UK": "GB", "EL": "GR"}
"""Codes of countries that are in use but not in ISO 3166-1, with the right ones."""

NOT_LINKED: Final = "the entities were not linked"

_WIKIDATA = re.compile(r"[Qq][1-9][0-9]{0,11}")
_NIL = re.compile(rf"{NIL_PREFIX}[0-9a-f]{{16}}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def read_ids(value: YamlValue) -> frozenset[str]:
    """Read one or several ids of entities: a Wikidata id, own: and an id of the user's list, or a nil: key."""
    return frozenset(value.read_one_or_more(_read_id))


def read_countries(value: YamlValue) -> frozenset[str]:
    """Read one or several codes of countries (ISO 3166-1, two letters)."""
    return frozenset(value.read_one_or_more(_read_country))


def list_ids(entity: Entity) -> set[str]:
    """Return the ids by which rules find an entity: its key, its Wikidata id, and its id in the user's list."""
    ids = {entity.key} if entity.key else set[str]()
    if entity.identifiers is not None:
        if entity.identifiers.wikidata:
            ids.add(entity.identifiers.wikidata)
        if entity.identifiers.own:
            ids.add(f"{OWN_PREFIX}{entity.identifiers.own}")
    return ids


def find_country(entity: Entity) -> str | None:
    """Return the country of a place or of a demonym; None for other entities."""
    return entity.identifiers.iso3166 if entity.identifiers is not None else None


def is_linked(event: EnrichedArticle) -> bool:
    """Return whether the entities of an article were looked up in a knowledge base."""
    return event.entities is not None and (
        not event.entities or any(entity.identifiers is not None for entity in event.entities)
    )


def compile_country(value: YamlValue) -> Condition:
    """Compile countries, of which the article must name one, a place in it, or its people."""
    countries = read_countries(value)

    def holds(view: EventView) -> Truth:
        if not is_linked(view.event):
            return None
        return any(find_country(entity) in countries for entity in view.event.entities or ())

    def find(view: EventView) -> Finding:
        if not is_linked(view.event):
            return Finding(None, NOT_LINKED)
        found = sorted({code for entity in view.event.entities or () if (code := find_country(entity))})
        return Finding([*found], f"the article names {', '.join(found)}" if found else "the article names no country")

    return Condition("country", holds, find)


def _read_id(value: YamlValue) -> str:
    written = value.read_text()
    if _WIKIDATA.fullmatch(written):
        return written.upper()
    if not _NIL.fullmatch(written) and not (written.startswith(OWN_PREFIX) and len(written) > len(OWN_PREFIX)):
        value.fail(f"{written!r} is not an id; write a Wikidata id such as Q312, or own: and an id of your list")
    return written


def _read_country(value: YamlValue) -> str:
    written = value.read_text()
    code = written.upper()
    if not _COUNTRY.fullmatch(code) or code in UNOFFICIAL:
        value.fail(
            f"{written!r} is not a country code of two letters (ISO 3166-1), such as DE or US", UNOFFICIAL.get(code)
        )
    return code
