"""Grouping of the mentions of one article into entities.

Mentions of the same spelling are grouped first. Then a part of a person's name joins the whole name, an acronym joins
its long form, and an organisation's short form joins its full name. A person never joins a place. A mention that could
belong to two entities stays apart: a reader forgives a name listed twice more easily than two people shown as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from services.contracts.names import Key, make_key
from services.enrichment.encoder import EntityType
from services.enrichment.entities.surfaces import (
    PLACE_KINDS,
    abbreviates,
    clean_name,
    has_initials,
    is_acronym,
)

MAJORITY: Final = 2 / 3
"""Share of the probability that one type needs to get the other types' mentions of the same single word. A name of
several words is one thing whatever the shares are: a hospital as a place and the hospital as an employer."""

ESTABLISHED: Final = 2
"""Minimum number of mentions of a person by surname alone, before another person of that surname is named, for the
surname to mean the first person everywhere: relatives are introduced by full name and then called by other names."""

PERSON_AND_PLACE: Final = frozenset({"PER", "LOC"})
"""Types that are never in one group, even when a majority chose another type for some mentions."""

_PLACE: Final = attrgetter("index")


@dataclass(frozen=True, slots=True)
class TypedMention:
    """A mention with its type, for grouping.

    `index` is the mention's number in the article. `defines` is the number of the mention right before it when this one
    follows it in parentheses: World Health Organization (WHO).
    """

    index: int
    text: str
    type: EntityType
    probability: float
    defines: int | None = None


@dataclass(slots=True)
class Group:
    """Mentions of one entity, in their order; `key` is the key of its fullest name."""

    type: EntityType
    key: Key
    members: list[TypedMention]

    @property
    def first(self) -> int:
        """Number of the first mention."""
        return self.members[0].index

    def add(self, members: Sequence[TypedMention]) -> None:
        """Add mentions."""
        self.members = sorted([*self.members, *members], key=_PLACE)

    @property
    def name(self) -> str:
        """The fullest surface; among equals one that is not in capitals, then the most frequent, then the first."""
        counts: dict[str, int] = defaultdict(int)
        for member in self.members:
            counts[clean_name(member.text, self.type)] += 1
        if len(counts) == 1:
            return next(iter(counts))

        def rank(name: str) -> tuple[bool, bool, int, int]:
            full = make_key(name, self.type) == self.key
            return full, not (name.isupper() and not is_acronym(name)), len(name.split()), counts[name]

        return max(counts, key=rank)


def group_mentions(mentions: Sequence[TypedMention]) -> list[Group]:
    """Group the mentions of one article; groups come in order of their first mention."""
    groups = _assign_surnames(_group_spellings(mentions))
    groups = _join(groups, _find_definitions(mentions))
    groups = _join(groups, _choose_only_fit(_is_person, _is_part_of_person))
    groups = _join(groups, _choose_only_fit(_has_acronym, _is_acronym_of))
    groups = _join(groups, _choose_only_fit(_may_be_short, _is_short_form))
    return sorted(groups, key=lambda group: group.first)


Chooser = Callable[[Group, Sequence[Group]], Group | None]


def _group_spellings(mentions: Iterable[TypedMention]) -> list[Group]:
    by_key: dict[Key, dict[EntityType, list[TypedMention]]] = defaultdict(lambda: defaultdict(list))
    for mention in mentions:
        by_key[make_key(mention.text, mention.type)][mention.type].append(mention)
    groups = []
    for key, by_type in by_key.items():
        for kind, members in _choose_types(by_type, single=len(key) == 1).items():
            groups.append(Group(kind, key, sorted(members, key=_PLACE)))
    return groups


def _choose_types(by_type: dict[EntityType, list[TypedMention]], single: bool) -> dict[EntityType, list[TypedMention]]:
    """Choose the type of one spelling by majority.

    Mentions as a person count only when the name has several words and is nowhere a place.
    """
    voters = {kind: found for kind, found in by_type.items() if kind != "PER" or not (single or "LOC" in by_type)}
    if len(voters) <= 1:
        return by_type
    mass = {kind: sum(member.probability for member in members) for kind, members in voters.items()}
    winner = max(mass, key=lambda kind: mass[kind])
    if single and mass[winner] < MAJORITY * sum(mass.values()):
        return by_type
    decided: dict[EntityType, list[TypedMention]] = {winner: [m for members in voters.values() for m in members]}
    return {**decided, **{kind: found for kind, found in by_type.items() if kind not in voters}}


def _assign_surnames(groups: list[Group]) -> list[Group]:
    """Assign a surname that several persons have to the first of them.

    Only mentions before the second person is named are assigned. When the article has by then used the surname often
    enough for the first person (ESTABLISHED), all later mentions are assigned too.
    """
    remaining = []
    by_surname: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.type == "PER" and len(group.key) > 1:
            by_surname[group.key[-1]].append(group)
    for group in groups:
        bearers = by_surname.get(group.key[0], []) if group.type == "PER" and len(group.key) == 1 else []
        if len(bearers) > 1:
            bearers = sorted(bearers, key=lambda other: other.first)
            named, next_named = bearers[0].first, bearers[1].first
            early = [member for member in group.members if named < member.index < next_named]
            own = [member for member in group.members if member.index > named] if len(early) >= ESTABLISHED else early
            bearers[0].add(own)
            group.members[:] = [member for member in group.members if member not in own]
        if group.members:
            remaining.append(group)
    return remaining


def _join(groups: list[Group], choose: Chooser) -> list[Group]:
    """Move each group, fullest name first, into the one that `choose` names for it.

    Donald Trump joins Donald J. Trump before Trump looks for its only match.
    """
    remaining = sorted(groups, key=lambda group: (-len(group.key), group.first))
    for group in list(remaining):
        target = choose(group, remaining)
        if target is not None and not {member.type for member in target.members + group.members} >= PERSON_AND_PLACE:
            target.add(group.members)
            remaining.remove(group)
    return remaining


def _choose_only_fit(may_join: Callable[[Group], bool], fits: Callable[[Group, Group], int]) -> Chooser:
    """Return a chooser of the best fit of the same type, for a group that may join and has only one best fit."""

    def choose(group: Group, groups: Sequence[Group]) -> Group | None:
        if not may_join(group):
            return None
        kind = group.type
        degrees = [(fits(group, other), other) for other in groups if other.type == kind and other is not group]
        best = max((degree for degree, _ in degrees), default=0)
        fitting = [other for degree, other in degrees if degree == best]
        return fitting[0] if best > 0 and len(fitting) == 1 else None

    return choose


def _is_person(group: Group) -> bool:
    return group.type == "PER"


def _is_part_of_person(group: Group, other: Group) -> int:
    """Return 2 when all words of one name are in the other, 1 when an initial stands for a word, else 0."""
    # Most pairs share no word: both kinds of part have their last one in the whole.
    if group.key[-1] not in other.key or group.key == other.key:
        return 0
    if _is_within(group.key, other.key):
        return 2
    return int(_matches_initials(group.key, other.key))


def _is_within(part: Key, whole: Key) -> bool:
    """Return whether the words of one name are in another in order: Donald Trump in Donald J Trump."""
    words = iter(whole)
    return len(part) < len(whole) and all(word in words for word in part)


def _matches_initials(short: Key, full: Key) -> bool:
    """Return whether J Smith can be John Smith: same surname, the first word an initial of the other's."""
    has_initial = len(short) > 1 and len(short[0]) == 1 and len(full[0]) > 1
    return has_initial and short[-1] == full[-1] and full[0].startswith(short[0])


def _has_acronym(group: Group) -> bool:
    return group.type != "PER" and len(group.key) == 1 and any(is_acronym(member.text) for member in group.members)


def _is_acronym_of(group: Group, other: Group) -> int:
    if len(other.key) == 1:
        return 0
    acronym = next(member.text for member in group.members if is_acronym(member.text))
    return int(any(has_initials(member.text, acronym) for member in other.members))


def _may_be_short(group: Group) -> bool:
    return group.type in ("ORG", "LOC")


def _is_short_form(group: Group, other: Group) -> int:
    """Return 1 for the first words of an organisation's name, or for a place without its kind, else 0.

    An acronym alone is not the short form of a name that begins with it: the UN is not the UN Security Council.
    """
    if len(group.key) >= len(other.key) or other.key[: len(group.key)] != group.key:
        return 0
    if group.type == "ORG":
        return int(not all(is_acronym(member.text) for member in group.members))
    return int(len(other.key) - len(group.key) == 1 and other.key[-1] in PLACE_KINDS)


def _find_definitions(mentions: Sequence[TypedMention]) -> Chooser:
    texts = {mention.index: mention for mention in mentions}
    pairs = [(mention, texts[mention.defines]) for mention in mentions if mention.defines is not None]
    defining = [
        (short, long)
        for short, long in pairs
        if "PER" not in (short.type, long.type) and is_acronym(short.text) and abbreviates(long.text, short.text)
    ]

    def choose(group: Group, groups: Sequence[Group]) -> Group | None:
        longs = {long.index for short, long in defining if short in group.members}
        if not longs:
            return None
        owners = [other for other in groups if other is not group and any(m.index in longs for m in other.members)]
        return owners[0] if len(owners) == 1 else None

    return choose
