"""Candidates of an entity: the items of the base that have one of its names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    has for the tickers next to its mentions.
    """

    type: EntityType | None
    names: tuple[str, ...]
    qualifier: str | None = None
    tickers: tuple[str, ...] = ()


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

_INNER_CAPITAL = re.compile(r"(?<=[a-z])[A-Z](?=[a-z]{2})")


def find_candidates(base: KnowledgeBase, entity: NamedEntity) -> list[Candidate]:
    """Return the items that have one of the entity's names, in the order of the base.

    A name in capitals of few letters finds an item by its initials or its usual name; initials go before a word: WHO is
    not The Who. If the article also has a longer name of the entity, an item that has only the letters must share a
    word with it.
    """
    found: dict[int, Candidate] = {}
    long_names = [name for name in entity.names if not is_acronym(name)]
    long_named: set[int] = set()
    for place, name in enumerate(list_looked_up(entity)):
        is_letters = is_acronym(name)
        for number, form, is_exact in _find_name(base, name, entity.type):
            if form in (NameForm.CODE, NameForm.ACRONYM) and not is_letters:
                continue
            if not is_letters:
                long_named.add(number)
            known = found.get(number)
            if known is None:
                found[number] = Candidate(base.read(number), form, place == 0, is_exact)
            elif known.is_whole == (place == 0):
                known.form = min(known.form, form)
    are_initials = not long_names and any(candidate.form is NameForm.ACRONYM for candidate in found.values())
    found = {
        number: candidate
        for number, candidate in found.items()
        if number in long_named or _may_mean(candidate, long_names, are_initials=are_initials)
    }
    for ticker in entity.tickers:
        for number, _ in base.find(make_name_key(ticker)):
            candidate = found.setdefault(number, Candidate(base.read(number), NameForm.ALIAS, True, True))
            candidate.has_ticker = True
    return [*found.values()]


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
    words = {word for name in long_names for word in make_name_key(name).split() if len(word) > LONGEST_LINK_WORD}
    return not words or not words.isdisjoint(make_name_key(candidate.item.label).split())
