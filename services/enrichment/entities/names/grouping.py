"""Grouping of the mentions of one article into entities.

Mentions of the same spelling are grouped first. Then a part of a person's name joins the whole name, an acronym joins
its long form, and an organisation's short form joins its full name. A person never joins a place
of another name. A mention that could belong to two entities stays apart: a reader forgives a name listed twice more
easily than two people shown as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from services.contracts.text.names import Key, make_key
from services.enrichment.encoder import EntityType
from services.enrichment.entities.names.acronyms import (
    MIN_PARTIAL,
    abbreviates,
    find_initials,
    fits_anywhere,
    is_acronym,
    is_capital_acronym,
    is_short_word,
    translates,
)
from services.enrichment.entities.names.spellings import find_transcriptions
from services.enrichment.entities.names.surfaces import LINKING_WORDS, PLACE_KINDS, STATE_KINDS, clean_name
from services.enrichment.entities.names.typed_mentions import (
    PERSON_AND_PLACE,
    TypedMention,
    choose_types,
    decide_person_or_place,
)

ESTABLISHED: Final = 2
"""Minimum number of mentions of a person by surname alone, before another person of that surname is named, for the
surname to mean the first person everywhere: relatives are introduced by full name and then called by other names."""

MIN_JOINED: Final = 6
"""Letters of the shortest name in one word that may be another spelling of a name in several."""

MIN_PLURAL: Final = 4
"""Letters of the shortest plural of the name of a people or a faith: Jews."""

TOWN_KINDS: Final = frozenset({"township", "municipality"})
"""Words at the end of a town's name that an article leaves out after the first mention. A base of many towns has no
short names for them, because several towns would share one."""

_PLACE_ENDINGS: Final = frozenset((kind,) for kind in PLACE_KINDS | TOWN_KINDS)

_PLACE: Final = attrgetter("index")


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
        """The fullest surface.

        Among equals one that is not in capitals, then one with its accents, then the most frequent, then the first.
        """
        counts: dict[str, int] = defaultdict(int)
        for member in self.members:
            counts[clean_name(member.text, self.type)] += 1
        if len(counts) == 1:
            return next(iter(counts))

        capitals = {name.upper() for name in counts if not name.isupper()}

        def rank(name: str) -> tuple[bool, bool, int, bool, int]:
            full = make_key(name, self.type) == self.key
            shouted = name.isupper() and (not is_acronym(name) or name in capitals)
            return full, not shouted, len(name.split()), not name.isascii(), counts[name]

        return max(counts, key=rank)


def group_mentions(mentions: Sequence[TypedMention]) -> list[Group]:
    """Group the mentions of one article; groups come in order of their first mention."""
    groups = _assign_surnames(_group_spellings(mentions))
    groups = _join(groups, _find_definitions(mentions))
    groups = _join(groups, _choose_only_fit(_is_person, _is_part_of_person))
    groups = _join(groups, _choose_only_fit(_has_acronym, _is_acronym_of, is_typed=False))
    groups = _join(groups, _choose_only_fit(_is_state, _is_plain_name_of))
    groups = _join(groups, _choose_only_fit(_is_no_person, _has_acronym_within))
    groups = _join(groups, _choose_only_fit(_may_be_short, _is_short_form))
    groups = _join(groups, _choose_only_fit(_is_other_name, _is_other_number))
    return sorted(groups, key=lambda group: group.first)


Chooser = Callable[[Group, Sequence[Group]], Group | None]


def _group_spellings(mentions: Sequence[TypedMention]) -> list[Group]:
    by_key: dict[Key, dict[EntityType, list[TypedMention]]] = defaultdict(lambda: defaultdict(list))
    respell = find_transcriptions([mention.text for mention in mentions])
    keys = [respell(make_key(mention.text, mention.type)) for mention in mentions]
    apart = {"".join(key): key for key in keys if len(key) > 1}
    for key, mention in zip(keys, mentions, strict=True):
        by_key[_write_apart(key, apart)][mention.type].append(mention)
    persons = [key for key, by_type in by_key.items() if len(key) > 1 and "PER" in by_type]
    borne = {(word,) for key in persons for word in key} | {key[at:] for key in persons for at in range(1, len(key))}
    surnames = {key[-1:] for key in persons}
    bodies = {key[-1]: by_type["ORG"] for key, by_type in by_key.items() if len(key) > 1 and "ORG" in by_type}
    groups = []
    for key, by_type in by_key.items():
        is_single = len(key) == 1
        own = bodies.get(key[0], ()) if is_single else ()
        is_open = by_type.keys() >= PERSON_AND_PLACE and (key in surnames or key not in borne)
        decided = decide_person_or_place(by_type, is_surname=key in surnames) if is_open else by_type
        chosen = choose_types(decided, is_single=is_single, is_borne=key in borne, bodies=own)
        groups += [Group(kind, key, sorted(members, key=_PLACE)) for kind, members in chosen.items()]
    return groups


def _write_apart(key: Key, apart: Mapping[str, Key]) -> Key:
    """Return the key of a name in one word as it is where the article also has it in several: HedmanAlas."""
    return apart.get(key[0], key) if len(key) == 1 and len(key[0]) >= MIN_JOINED else key


def _assign_surnames(groups: list[Group]) -> list[Group]:
    """Assign a name of one word that several persons bear to one of them, as far as the article says to whom.

    It is a surname where it is the last word of whole names, else the first: Lin Zhaoming. A bearer whom the article
    calls by another name of one word does not have it. Of several others, the first has it until another is named; when
    the article has by then used it often enough (ESTABLISHED), all later mentions are the first one's too.
    """
    persons = [group for group in groups if group.type == "PER"]
    alone = {group.key[0]: group for group in persons if len(group.key) == 1}
    whole = [group for group in persons if len(group.key) > 1]
    for name, group in alone.items():
        bearers = [other for other in whole if other.key[-1] == name] or [o for o in whole if o.key[0] == name]
        apart = [one for one in bearers if not any(_is_within(one.key, other.key) for other in bearers)]
        if len(apart) > 1:
            _assign_members(group, bearers, alone)
        elif len(bearers) > 1:
            # All are one person, who has a word more in some places: Ambassador Anna Berg.
            min(bearers, key=lambda other: (len(other.key), other.first)).add(group.members)
            group.members = []
    return [group for group in groups if group.members]


def _assign_members(group: Group, bearers: Sequence[Group], alone: Mapping[str, Group]) -> None:
    """Move mentions by one word from their group to the bearer that they mean."""
    name = group.key[0]
    bearers = sorted(bearers, key=lambda other: other.first)
    early = [member for member in group.members if member.index < bearers[1].first]
    called = [other for other in bearers if not any(word != name and word in alone for word in other.key)]
    if len(early) >= ESTABLISHED:
        bearer, own = bearers[0], group.members
    elif len(called) == 1:
        bearer, own = called[0], group.members
    else:
        bearer, own = bearers[0], early
    bearer.add(own)
    moved = {member.index for member in own}
    group.members = [member for member in group.members if member.index not in moved]


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


def _choose_only_fit(
    may_join: Callable[[Group], bool], fits: Callable[[Group, Group], int], *, is_typed: bool = True
) -> Chooser:
    """Return a chooser of the best fit for a group that may join and has only one best fit; of its type, if `is_typed`.

    A fit of its own type is preferred to an equal one of another type.
    """

    def choose(group: Group, groups: Sequence[Group]) -> Group | None:
        if not may_join(group):
            return None
        best, fitting = 0, list[Group]()
        for other in groups:
            is_same = other.type == group.type
            if other is group or (is_typed and not is_same):
                continue
            fit = fits(group, other)
            degree = 2 * fit + is_same if fit else 0
            if degree > best:
                best, fitting = degree, [other]
            elif degree and degree == best:
                fitting.append(other)
        return fitting[0] if len(fitting) == 1 else None

    return choose


def _is_person(group: Group) -> bool:
    return group.type == "PER"


def _is_part_of_person(group: Group, other: Group) -> int:
    """Return 3 for the surname, 2 when all words of one name are in the other, 1 for an initial for a word, else 0."""
    # Most pairs share no word: each kind of part has its last one in the whole.
    if group.key[-1] not in other.key or group.key == other.key:
        return 0
    if _is_within(group.key, other.key):
        return 3 if group.key == other.key[-1:] else 2
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
    return group.type != "PER" and len(group.key) == 1 and any(is_short_word(member.text) for member in group.members)


def _is_acronym_of(group: Group, other: Group) -> int:
    """Return how well an acronym fits; one of another type must be of many letters.

    Other words than capitals are an organisation's: Chinese is no acronym of the East China Sea.
    """
    if len(other.key) == 1 or other.type == "PER":
        return 0
    is_same = group.type == other.type
    texts = {member.text for member in group.members if is_short_word(member.text)}
    may_be_syllables = group.type != "MISC" and other.type == "ORG"
    if not is_same:
        texts = {text for text in texts if len(text) >= MIN_PARTIAL and (may_be_syllables or is_acronym(text))}
    if not texts:
        return 0
    longs = {member.text for member in other.members}
    return max([fits_anywhere(long, acronym) for long in longs for acronym in texts])


def _is_state(group: Group) -> bool:
    return group.type == "LOC" and "of" in group.key


def _is_plain_name_of(official: Group, other: Group) -> int:
    """Return 1 if the other name is what follows "of" in the official name of a country, else 0."""
    place = official.key.index("of")
    return int(place > 0 and official.key[place - 1] in STATE_KINDS and official.key[place + 1 :] == other.key)


def _is_no_person(group: Group) -> bool:
    return group.type != "PER" and len(group.key) > 1


def _has_acronym_within(group: Group, other: Group) -> int:
    """Return 1 if one word is an acronym of several in the other name: UN Environment Programme, else 0."""
    short, full = group.key, other.key
    if len(full) <= len(short) or not (short[0] == full[0] or short[-1] == full[-1]):
        return 0
    start = next((place for place, word in enumerate(short) if word != full[place]), len(short))
    tail = len(short) - start - 1
    if tail < 0 or short[start + 1 :] != full[len(full) - tail :]:
        return 0
    return int(short[start] in find_initials(" ".join(full[start : len(full) - tail])))


def _may_be_short(group: Group) -> bool:
    return group.type in ("ORG", "LOC")


def _is_short_form(group: Group, other: Group) -> int:
    """Return 2 for the first words of an organisation's name or a place without its kind, 1 for the last words, else 0.

    An acronym alone is not the short form of a name that begins with it: the UN is not the UN Security Council. Words
    behind a linking word are no short form either: England is not the Bank of England.
    """
    length = len(group.key)
    if length >= len(other.key):
        return 0
    if group.type == "LOC":
        return 2 * (other.key[:length] == group.key and other.key[length:] in _PLACE_ENDINGS)
    if all(is_acronym(member.text) for member in group.members):
        return 0
    if other.key[:length] == group.key:
        return 2
    return int(other.key[-length:] == group.key and other.key[-length - 1] not in LINKING_WORDS)


def _is_other_name(group: Group) -> bool:
    return group.type == "MISC"


def _is_other_number(group: Group, other: Group) -> int:
    """Return 1 for the plural of a name in one word, Kenyans, and for a name without its number, Covid; else 0."""
    if len(other.key) == len(group.key) + 1:
        return int(other.key[:-1] == group.key and other.key[-1].isdigit())
    return int(len(group.key) == 1 and len(group.key[0]) >= MIN_PLURAL and group.key == (f"{other.key[0]}s",))


def _find_definitions(mentions: Sequence[TypedMention]) -> Chooser:
    texts = {mention.index: mention for mention in mentions}
    pairs = [(mention, texts[mention.defines]) for mention in mentions if mention.defines is not None]
    defining = [(short, long) for pair in pairs for short, long in (pair, pair[::-1]) if _defines(short, long)]

    def choose(group: Group, groups: Sequence[Group]) -> Group | None:
        longs = {long.index for short, long in defining if short in group.members}
        if not longs:
            return None
        owners = [other for other in groups if other is not group and any(m.index in longs for m in other.members)]
        return owners[0] if len(owners) == 1 else None

    return choose


def _defines(short: TypedMention, long: TypedMention) -> bool:
    """Return whether of two mentions, one in parentheses beside the other, one is the acronym of the other.

    Letters that fit are evidence for any acronym, and for any word beside an organisation: Tepco. Between two
    organisations no letters need to fit, because the acronym may be of another language: Chinese Nationalist Party
    (KMT).
    """
    if "PER" in (short.type, long.type):
        return False
    if short.type == long.type == "ORG" and is_short_word(short.text):
        is_named = len(long.text.split()) > 1 and is_capital_acronym(short.text)
        if is_named or (short.text[0].isupper() and translates(long.text, short.text)):
            return True
    looks_short = is_acronym(short.text) or (long.type == "ORG" and is_short_word(short.text))
    return looks_short and abbreviates(long.text, short.text)
