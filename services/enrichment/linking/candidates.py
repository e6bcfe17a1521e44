"""Candidates of an entity: the items of the base that have one of its names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.enrichment.encoder import EntityType
from services.enrichment.linking.base import MEMO_NAMES, KnowledgeBase
from services.enrichment.linking.base_format import NameForm
from services.enrichment.linking.name_keys import is_acronym, make_name_key, make_short_keys
from services.enrichment.links import Item

MIN_LETTERS: Final = 2
"""Letters of the shortest name that is looked up: a single letter names nothing."""

MAX_NAMES: Final = 6
"""Maximum number of an entity's names that are looked up, the fullest first."""


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """The parts of an article's entity that linking reads.

    `type` is None if nothing is known of it. `names` are its different surfaces, the fullest first. `qualifier` is the
    place behind a comma after a mention: Texas in "Paris, Texas". `tickers` are the names that the base
    has for the tickers next to its mentions. `definer` is the number of the entity that has these letters after it in
    parentheses.
    """

    type: EntityType | None
    names: tuple[str, ...]
    qualifier: str | None = None
    tickers: tuple[str, ...] = ()
    definer: int | None = None


@dataclass(slots=True)
class Candidate:
    """An item that an entity may be. `form` is the best form in which the item has one of the names.

    `is_whole` is True if the item has the entity's fullest name, and `is_exact` if it has a name as the article
    writes it, with its legal form. `has_ticker` is True if the text has its ticker.
    """

    item: Item
    form: NameForm
    is_whole: bool
    is_exact: bool
    has_ticker: bool = False
    score: float = 0.0


PAIR: Final = 2

MIN_JOINED: Final = 6
"""Letters of the shortest name in two words that the base may have in one."""

LONGEST_LINK_WORD: Final = 3
"""Maximum number of letters of a word that may only link others, such as "of", "and" and "for"."""

SPELLINGS: Final = (
    ("isation", "ization"),
    ("centre", "center"),
    ("defence", "defense"),
    ("labour", "labor"),
    ("harbour", "harbor"),
    ("programme", "program"),
    ("theatre", "theater"),
    (" and ", " & "),
)
"""Two spellings of a word in names of organisations and places: British and American, and "and" as a sign."""

USUAL_FORMS: Final = frozenset({NameForm.LABEL, NameForm.ACRONYM, NameForm.ALIAS})
"""Forms of a name that is the item's alone and not a part of one."""

LETTER_FORMS: Final = frozenset({NameForm.CODE, NameForm.ACRONYM})
"""Forms of letters in capitals: in other letters they are a word."""

_INNER_CAPITAL = re.compile(r"(?<=[a-z])[A-Z](?=[a-z]{2})")


def find_candidates(base: KnowledgeBase, entity: NamedEntity) -> list[Candidate]:
    """Return the items that have one of the entity's names, in the order of the base.

    A name in capitals of few letters finds an item by its initials or its usual name; initials go before a word: WHO is
    not The Who. If the article also has a longer name of the entity, an item that has only the letters must share a
    word with it.
    """
    found: dict[int, Candidate] = {}
    long_named: set[int] = set()
    for place, name in enumerate(list_looked_up(entity)):
        is_letters = is_acronym(name)
        for number, form, is_exact in _find_name(base, name, entity.type):
            if form in LETTER_FORMS and not is_letters:
                continue
            if not is_letters:
                long_named.add(number)
            known = found.get(number)
            if known is None:
                found[number] = Candidate(base.read(number), form, place == 0, is_exact)
            elif known.is_whole == (place == 0):
                known.form = min(known.form, form)
    found = _select(found, long_named, entity)
    for ticker in entity.tickers:
        for number, _ in base.find(make_name_key(ticker)):
            candidate = found.setdefault(number, Candidate(base.read(number), NameForm.ALIAS, True, True))
            candidate.has_ticker = True
    return [*found.values()]


def _select(found: dict[int, Candidate], long_named: Set[int], entity: NamedEntity) -> dict[int, Candidate]:
    """Return the items that the entity may be. `long_named` are those with a name that is more than letters."""
    if len(long_named) < len(found):
        found = _remove_other_letters(found, long_named, entity)
    return _prefer_usual(_prefer_whole(found)) if len(found) > 1 else found


def _remove_other_letters(
    found: Mapping[int, Candidate], long_named: Set[int], entity: NamedEntity
) -> dict[int, Candidate]:
    """Return the items without those that only have the letters, if these cannot mean them in the article."""
    long_names = [name for name in entity.names if not is_acronym(name)]
    are_initials = not long_names and any(candidate.form is NameForm.ACRONYM for candidate in found.values())
    return {
        number: candidate
        for number, candidate in found.items()
        if number in long_named or _may_mean(candidate, long_names, are_initials=are_initials)
    }


def _prefer_whole(found: Mapping[int, Candidate]) -> dict[int, Candidate]:
    """Return the items that have the fullest name, or all if none has it as a usual name.

    The article itself says that the entity is not an item that has only the shorter name: Orland Province is not the
    city of Orland.
    """
    if not any(each.is_whole and each.form in USUAL_FORMS for each in found.values()):
        return dict(found)
    return {number: each for number, each in found.items() if each.is_whole}


def _prefer_usual(found: Mapping[int, Candidate]) -> dict[int, Candidate]:
    """Return the items without places that have only a part of their name, if another place has it as its usual name.

    A text says Orland County if it does not mean Orland.
    """
    is_usual = any(each.form is NameForm.LABEL and each.item.type == "LOC" for each in found.values())
    return {
        number: each
        for number, each in found.items()
        if not (is_usual and each.form is NameForm.SHORT and each.item.type == "LOC")
    }


def list_looked_up(entity: NamedEntity) -> list[str]:
    """List the names that are looked up: of a person with a whole name, not the parts of it."""
    names = [name for name in entity.names[:MAX_NAMES] if len(name) >= MIN_LETTERS]
    if entity.type == "PER" and any(" " in name for name in names):
        names = [name for name in names if " " in name]
    return names


def _find_name(base: KnowledgeBase, name: str, kind: EntityType | None) -> Iterator[tuple[int, NameForm, bool]]:
    """Yield the items that have a name, and whether they have it as written."""
    for place, key in enumerate(list_keys(name, kind)):
        for number, form in base.find(key):
            yield number, form, place == 0


@lru_cache(MEMO_NAMES)
def list_keys(name: str, kind: EntityType | None) -> tuple[str, ...]:
    """Return the keys of a name: as written, and without what its type may have around it, without repetition."""
    without_form, without_title = make_short_keys(name)
    keys = [make_name_key(name)]
    if kind != "PER":
        keys.append(without_form)
    if kind in ("PER", None):
        keys.append(without_title)
    keys.extend(_respell(name, keys[0]))
    return (*dict.fromkeys([key for key in keys if key]),)


def _respell(name: str, key: str) -> Iterator[str]:
    """Yield the keys of a name spelled in another way.

    A name in one word is divided in two, as DuPont, and one in two words is joined. British and American spellings
    replace each other.
    """
    for british, american in SPELLINGS:
        if british in key:
            yield key.replace(british, american)
        elif american in key:
            yield key.replace(american, british)
    words = key.split()
    if len(words) == 1 and (inner := _INNER_CAPITAL.search(name)):
        yield make_name_key(f"{name[: inner.start()]} {name[inner.start() :]}")
    if len(words) == PAIR and len(key) >= MIN_JOINED:
        yield "".join(words)


def _may_mean(candidate: Candidate, long_names: Sequence[str], *, are_initials: bool) -> bool:
    """Return whether letters in capitals alone, without one of the long names, can mean an item.

    A country's code never does: texts do not use it as a name. `are_initials`: an item has the letters as its initials.
    """
    if candidate.form is NameForm.CODE:
        return False
    if are_initials:
        return candidate.form is NameForm.ACRONYM or is_acronym(candidate.item.label)
    words = list_own_words(long_names)
    return not words or not words.isdisjoint(make_name_key(candidate.item.label).split())


def list_own_words(names: Sequence[str]) -> set[str]:
    """List the words of names, without words that only link others."""
    return {word for name in names for word in make_name_key(name).split() if len(word) > LONGEST_LINK_WORD}
