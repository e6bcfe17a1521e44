"""Compilers of the conditions on the story of an article and on the novelty of its entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.contracts.event import EnrichedArticle, Entity, Novelty
from services.sink.rules.conditions.condition import Condition, Finding, Truth
from services.sink.rules.conditions.entity import NOT_LOOKED_FOR, EntityRequirements, read_entity
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.yaml_values import Json, YamlValue

MOST: Final = 1_000_000
"""Largest number of articles or sources in a rule."""
NO_STORY: Final = "the article has no story"


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a rule allows."""

    at_least: int
    at_most: int

    def contains(self, number: int) -> bool:
        """Return whether the rule allows a number."""
        return self.at_least <= number <= self.at_most


def compile_story(value: YamlValue) -> Condition:
    """Compile properties of the article's story, all of which must hold."""
    fields = value.read_fields("is_first", "size", "sources")
    if not fields:
        value.fail("a story needs at least one of is_first, size, sources")
    is_first = _read_flag(fields["is_first"]) if "is_first" in fields else None
    sizes, sources = (_read_range(fields[name]) if name in fields else Range(0, MOST) for name in ("size", "sources"))

    def holds(view: EventView) -> Truth:
        story = view.event.story
        if story is None:
            return None
        return is_first in (None, story.is_first) and sizes.contains(story.size) and sources.contains(story.sources)

    return Condition("story", holds, lambda view: _find_story(view.event))


def _find_story(event: EnrichedArticle) -> Finding:
    story = event.story
    if story is None:
        return Finding(None, NO_STORY)
    value: dict[str, Json] = {
        "id": story.id,
        "is_first": story.is_first,
        "size": story.size,
        "sources": story.sources,
    }
    if story.is_first:
        return Finding(value, "the article is the first of its story")
    return Finding(value, f"the story has {story.size} articles and {story.sources} independent sources")


@dataclass(frozen=True, slots=True)
class NoveltyRequirements:
    """The properties that the novelty of one entity must have."""

    entity: EntityRequirements | None
    """Properties of the entity itself; None allows any entity."""
    is_first: bool | None
    min_decay: float
    is_late: bool | None

    def fits(self, entity: Entity) -> bool:
        """Return whether an entity is new in the required way."""
        novelty = entity.novelty
        return (
            novelty is not None
            and self.is_first in (None, novelty.is_first)
            and novelty.decay >= self.min_decay
            and self.is_late in (None, novelty.late)
            and self.is_meant(entity)
        )

    def is_meant(self, entity: Entity) -> bool:
        """Return whether the condition is about an entity, whatever its novelty."""
        return self.entity is None or self.entity.is_met(entity)


def compile_novelty(value: YamlValue) -> Condition:
    """Compile properties of the novelty of an entity, all of which one entity of the article must have."""
    fields = value.read_fields("entity", "is_first", "min_decay", "late")
    if not fields.keys() - {"entity"}:
        value.fail("a novelty needs at least one of is_first, min_decay, late")
    required = NoveltyRequirements(
        read_entity(fields["entity"]) if "entity" in fields else None,
        _read_flag(fields["is_first"]) if "is_first" in fields else None,
        fields["min_decay"].read_number(0, 100) if "min_decay" in fields else 0.0,
        _read_flag(fields["late"]) if "late" in fields else None,
    )

    def holds(view: EventView) -> Truth:
        entities = view.event.entities
        if entities is None or view.event.story is None:
            return None
        return any(map(required.fits, entities))

    return Condition("novelty", holds, lambda view: _find_novelty(required, view))


def _find_novelty(required: NoveltyRequirements, view: EventView) -> Finding:
    """Find the entity that decides: one that fits, else the most central one that the condition is about."""
    if view.event.story is None:
        return Finding(None, NO_STORY)
    if view.event.entities is None:
        return Finding(None, NOT_LOOKED_FOR)
    meant = [entity for entity in view.event.entities if required.is_meant(entity)]
    if not meant:
        return Finding(None, "the article names no such entity")
    entity = min(meant, key=lambda one: (not required.fits(one), -one.salience))
    if entity.novelty is None:
        return Finding({"name": entity.name}, f"the novelty of {entity.name} is not known")
    return Finding({"name": entity.name, **_to_json(entity.novelty)}, f"{entity.name} {_describe(entity.novelty)}")


def _to_json(novelty: Novelty) -> dict[str, Json]:
    return {"is_first": novelty.is_first, "decay": novelty.decay, "late": novelty.late}


def _describe(novelty: Novelty) -> str:
    earlier = f"was named in {novelty.similar['7d']} earlier articles of it"
    found = "is new in this story" if novelty.is_first else earlier
    return f"{found}, decay {novelty.decay}{', late' if novelty.late else ''}"


def _read_flag(value: YamlValue) -> bool:
    return value.read_choice("true", "false") == "true"


def _read_range(value: YamlValue) -> Range:
    """Read a number, which must be equal, or a mapping of `at_least` and `at_most`."""
    if value.is_text:
        number = _read_count(value)
        return Range(number, number)
    fields = value.read_fields("at_least", "at_most")
    if not fields:
        value.fail("expected a number, or at_least or at_most")
    low = _read_count(fields["at_least"]) if "at_least" in fields else 0
    high = _read_count(fields["at_most"]) if "at_most" in fields else MOST
    if low > high:
        value.fail(f"at_least is {low}, which is more than at_most, {high}")
    return Range(low, high)


def _read_count(value: YamlValue) -> int:
    number = value.read_number(1, MOST)
    if number != int(number):
        value.fail(f"{number:g} is not a whole number")
    return int(number)
