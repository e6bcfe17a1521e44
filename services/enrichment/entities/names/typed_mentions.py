"""Mentions with their types, and the type that all mentions of one spelling get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.enrichment.encoder import EntityType

MAJORITY: Final = 2 / 3
"""Share of the probability that one type needs to get the other types' mentions of the same single word. A name of
several words is one thing whatever the shares are: a hospital as a place and the hospital as an employer."""

DOUBTFUL_PLACE: Final = 0.7
"""Probability of a place below which a word may be a surname that the article uses. Chosen on newswire: such surnames
had 0.55 to 0.62 as places; a country with a person's name has more than 0.9."""

PERSON_AND_PLACE: Final = frozenset({"PER", "LOC"})
"""Types that are never in one group, even when a majority chose another type for some mentions."""


@dataclass(frozen=True, slots=True)
class TypedMention:
    """A mention with its type, for grouping.

    `index` is the mention's number in the article. `defines` is the number of the mention right before it when this one
    follows it in parentheses: World Health Organization (WHO), or WHO (World Health Organization).
    """

    index: int
    text: str
    type: EntityType
    probability: float
    defines: int | None = None


TypedMentions = dict[EntityType, list[TypedMention]]


def decide_person_or_place(by_type: TypedMentions, *, is_surname: bool) -> TypedMentions:
    """Return the mentions of one spelling with the likelier type for all that are read as a person or as a place.

    News introduces persons by their whole names, so a spelling that is in no whole name means one thing. A surname of
    the article (`is_surname`) may be a place as well; only places that the encoder doubts become that person.
    """
    persons, places = by_type["PER"], by_type["LOC"]
    is_person = _sum_probability(persons) > _sum_probability(places)
    if is_surname and not (is_person and all(member.probability < DOUBTFUL_PLACE for member in places)):
        return by_type
    kind: EntityType = "PER" if is_person else "LOC"
    joined = [replace(member, type=kind) for member in (*persons, *places)]
    return {**{other: found for other, found in by_type.items() if other not in PERSON_AND_PLACE}, kind: joined}


def choose_types(
    by_type: TypedMentions, *, is_single: bool, is_borne: bool, bodies: Sequence[TypedMention]
) -> TypedMentions:
    """Choose the type of one spelling by majority, of a single word by a clear one.

    Mentions as a person do not count when the spelling is somewhere a place, or a part of a person's whole name
    (`is_borne`): then they mean that person. News introduces persons by their whole names. `bodies` are the mentions of
    organisations whose last word the spelling is; they count against a person of that name.
    """
    voters = {kind: found for kind, found in by_type.items() if kind != "PER" or not (is_borne or "LOC" in by_type)}
    if len(voters) <= 1:
        return by_type
    mass = {kind: _sum_probability(members) for kind, members in voters.items()}
    if "PER" in mass and "ORG" in mass:
        mass["ORG"] += _sum_probability(bodies)
    winner = max(mass, key=lambda kind: mass[kind])
    if is_single and mass[winner] < MAJORITY * sum(mass.values()):
        return by_type
    decided: TypedMentions = {winner: [m for members in voters.values() for m in members]}
    return {**decided, **{kind: found for kind, found in by_type.items() if kind not in voters}}


def _sum_probability(members: Sequence[TypedMention]) -> float:
    return sum(member.probability for member in members)
