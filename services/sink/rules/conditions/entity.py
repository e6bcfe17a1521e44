"""Compiler of the condition on entities, all of whose properties one and the same entity of the article must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast, get_args

from services.contracts.event import Entity, EntityType, Polarity
from services.contracts.text.names import NIL_PREFIX
from services.sink.rules.conditions.condition import Condition, Finding, Truth
from services.sink.rules.conditions.event_view import EventView, Name, fold_name, list_names
from services.sink.rules.conditions.identifiers import (
    NOT_LINKED,
    find_country,
    is_linked,
    list_ids,
    read_countries,
    read_ids,
)
from services.sink.rules.conditions.phrases import read_words
from services.sink.rules.conditions.properties import read_polarities
from services.sink.rules.yaml_values import Json, YamlValue

NOT_LOOKED_FOR: Final = "no entities were looked for"


@dataclass(frozen=True, slots=True)
class EntityRequirements:
    """The properties that one entity must have."""

    kinds: frozenset[EntityType]
    polarities: frozenset[str]
    min_salience: float
    names: frozenset[Name] | None
    """Folded names, one of which the entity must have; None allows any name."""
    ids: frozenset[str] | None = None
    """Ids, one of which the entity must have; None allows any entity."""
    countries: frozenset[str] | None = None
    """Codes of countries, one of which the entity must be in; None allows any entity."""

    def is_met(self, entity: Entity) -> bool:
        """Return whether an entity has all properties."""
        return self.fits(entity) and self.is_named(entity)

    def fits(self, entity: Entity) -> bool:
        """Return whether an entity has all properties other than names, ids and countries."""
        return (
            entity.type in self.kinds
            and entity.sentiment.polarity in self.polarities
            and entity.salience >= self.min_salience
        )

    def is_named(self, entity: Entity) -> bool:
        """Return whether the entity has one of the names, one of the ids and one of the countries."""
        return (
            (self.names is None or not self.names.isdisjoint(list_names(entity)))
            and (self.ids is None or not self.ids.isdisjoint(list_ids(entity)))
            and (self.countries is None or find_country(entity) in self.countries)
        )

    def needs_links(self) -> bool:
        """Return whether only an entity of a knowledge base can have the properties."""
        return self.countries is not None or (
            self.ids is not None and not any(one.startswith(NIL_PREFIX) for one in self.ids)
        )

    def list_faults(self, entity: Entity) -> list[str]:
        """List in words the properties that `fits` requires and an entity does not have."""
        faults = []
        if entity.type not in self.kinds:
            faults.append(f"is of type {entity.type}")
        if entity.sentiment.polarity not in self.polarities:
            faults.append(f"has the sentiment {entity.sentiment.polarity}")
        if entity.salience < self.min_salience:
            faults.append(f"has a salience below {self.min_salience:g}")
        return faults


def compile_entity(value: YamlValue) -> Condition:
    """Compile properties, all of which one and the same entity of the article must have."""
    required = _read_requirements(value)
    names = required.names

    def holds(view: EventView) -> Truth:
        entities = view.event.entities
        if entities is None or (required.needs_links() and not is_linked(view.event)):
            return None
        if names is not None and names.isdisjoint(view.names):
            return False
        return any(map(required.is_met, entities))

    return Condition("entity", holds, lambda view: _find(required, view))


def read_entity(value: YamlValue) -> EntityRequirements:
    """Read the properties of an entity, or a text, which is one of its names."""
    if value.is_text or value.is_list:
        kinds = frozenset(get_args(EntityType))
        return EntityRequirements(kinds, frozenset(get_args(Polarity)), 0.0, _read_names(value, kinds))
    return _read_requirements(value)


def _read_requirements(value: YamlValue) -> EntityRequirements:
    fields = value.read_fields("id", "name", "country", "type", "sentiment", "min_salience")
    if not fields:
        value.fail("an entity needs at least one of id, name, country, type, sentiment, min_salience")
    kinds = _read_kinds(fields["type"]) if "type" in fields else frozenset(get_args(EntityType))
    return EntityRequirements(
        kinds,
        read_polarities(fields["sentiment"]) if "sentiment" in fields else frozenset(get_args(Polarity)),
        fields["min_salience"].read_number(0, 1) if "min_salience" in fields else 0.0,
        _read_names(fields["name"], kinds) if "name" in fields else None,
        read_ids(fields["id"]) if "id" in fields else None,
        read_countries(fields["country"]) if "country" in fields else None,
    )


def _read_kinds(value: YamlValue) -> frozenset[EntityType]:
    kinds = value.read_one_or_more(lambda one: one.read_choice(*get_args(EntityType)))
    return frozenset(cast(list[EntityType], kinds))


def _read_names(value: YamlValue, kinds: frozenset[EntityType]) -> frozenset[Name]:
    names = value.read_one_or_more(lambda one: read_words(one, str.isalnum))
    return frozenset(fold_name(name, kind) for name in names for kind in kinds)


def _find(required: EntityRequirements, view: EventView) -> Finding:
    """Find the entity that decides: the most central one that has all properties, else the one that lacks least."""
    entities = view.event.entities
    if entities is None:
        return Finding(None, NOT_LOOKED_FOR)
    if not entities:
        return Finding(None, "the article names no entity")
    if required.needs_links() and not is_linked(view.event):
        return Finding(None, NOT_LINKED)
    entity = min(entities, key=lambda one: (not required.is_named(one), len(required.list_faults(one)), -one.salience))
    if not required.is_named(entity):
        what = "name" if required.ids is None and required.countries is None else "name, id or country"
        return Finding(None, f"none of {len(entities)} entities has this {what}")
    value: dict[str, Json] = {
        "name": entity.name,
        "type": entity.type,
        "sentiment": entity.sentiment.polarity,
        "salience": entity.salience,
    }
    described = f"{entity.name} ({entity.type}, {entity.sentiment.polarity}, salience {entity.salience:g})"
    faults = required.list_faults(entity)
    if not faults:
        return Finding(value, described)
    return Finding(value, f"the nearest is {described}; it {' and '.join(faults)}")
