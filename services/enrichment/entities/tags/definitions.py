"""Definitions of acronyms: "World Health Organization (WHO)" and "EAPB (Empresa de Aguas y Puertos de Brisal)".

An article that defines an acronym says where the long form begins and ends, whatever language it is in. The search for
the long form goes back from the brackets as in Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (PSB 2003), but takes initials alone as evidence, so that it never takes too much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.contracts.text.folding import fold
from services.enrichment.entities.names.acronyms import (
    MAX_ACRONYM,
    MIN_BLEND,
    MIN_CAPITALS,
    fold_acronym,
    has_initials,
    is_acronym,
)
from services.enrichment.entities.names.surfaces import LINKING_WORDS
from services.enrichment.entities.tags.occurrences import GAP, POSSESSIVES, FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import OUT, join, sum_type
from services.enrichment.labels import ENTITY_TYPES, TAGS

MAX_LONG_FORM: Final = 14
"""Words of the longest long form that is searched for."""

LIKELY_NAME: Final = 0.5
"""Mean probability of a long form's words as parts of names, from which the long form is a name: GDP defines none."""

_BOUNDARIES = frozenset({GAP, ".", ";", ":", "(", ")", "[", "]", "<", ">", '"', "“", "”"})


@dataclass(frozen=True, slots=True)
class Definition:
    """A long form at words `start` to `end`, half open, and the word that is its acronym.

    A possessive 's between the two belongs to neither.
    """

    start: int
    end: int
    acronym: int


def find_definitions(words: Sequence[str], brackets: Iterable[int]) -> Iterator[Definition]:
    """Yield the definitions whose acronym has the initials of its long form, in either order.

    `brackets` are the positions of the opening brackets.
    """
    for opening in brackets:
        if opening == 0:
            continue
        closing = opening + 1
        while closing - opening <= MAX_LONG_FORM and words[closing] not in _BOUNDARIES:
            closing += 1
        if words[closing] != ")":
            continue
        if closing == opening + 2 and is_acronym(words[opening + 1]):
            end = opening - (words[opening - 1] in POSSESSIVES)
            acronym = words[opening + 1]
            start = _find_start(words, end, acronym, _has_initials)
            if start is None:
                start = _find_start(words, end, acronym, _has_beginnings)
            if start is not None:
                yield Definition(start, end, opening + 1)
        elif is_acronym(words[opening - 1]) and _has_initials(words[opening + 1 : closing], words[opening - 1]):
            yield Definition(opening + 1, closing, opening - 1)


def complete_long_forms(article: WordRow) -> None:
    """Make one name of each long form that the encoder splits or cuts short, if it is likely to be a name at all.

    The acronym becomes a name of the same type. The probabilities are changed in place.
    """
    rows = article.probabilities
    for found in find_definitions(article.words, article.marks["("]):
        content = [place for place in range(found.start, found.end) if _is_content(article.words[place])]
        named = sum(1 - float(rows[place, OUT]) for place in content)
        if content and named >= LIKELY_NAME * len(content) and not _is_one_name(rows, found):
            kind = _choose_type(rows, found)
            join(rows, found.start, found.end, kind)
            join(rows, found.acronym, found.acronym + 1, kind)


def complete_spelled_out(article: WordRow) -> None:
    """Make one name of the words that an acronym of the article abbreviates anywhere else: the Prime Minister's Office.

    Each word but linking ones must have its letter, in order; the first has a capital, and so have the others for an
    acronym of three letters.
    """
    words, rows = article.words, article.probabilities
    named = rows.argmax(axis=1) != OUT
    acronyms = {words[place] for place in np.flatnonzero(named).tolist() if _is_long_acronym(words[place])}
    by_letter: dict[str, list[str]] = defaultdict(list)
    for acronym in sorted(acronyms):
        by_letter[acronym[0]].append(acronym)
    for start in np.flatnonzero(named).tolist() if by_letter else ():
        for acronym in by_letter.get(words[start][:1], ()):
            end = _spell_out(words, start, acronym)
            found = Definition(start, end or start, words.index(acronym))
            if end is not None and not _is_one_name(rows, found):
                join(rows, start, end, _choose_type(rows, found))


def _is_long_acronym(word: str) -> bool:
    return len(word) >= MIN_CAPITALS and word.isalpha() and word.isupper() and len(word) <= MAX_ACRONYM


def _spell_out(words: Sequence[str], start: int, acronym: str) -> int | None:
    """Return the end of the words from `start` on whose initials the letters are, or None."""
    place = start
    for number, letter in enumerate(acronym):
        while number and (words[place] in POSSESSIVES or words[place] == "-" or words[place].lower() in LINKING_WORDS):
            place += 1
        word = words[place]
        if word[:1].upper() != letter or len(word) == 1 or not (word[0].isupper() or len(acronym) > MIN_CAPITALS):
            return None
        place += 1
    return place


def _is_one_name(rows: FloatArray, found: Definition) -> bool:
    """Return whether a long form is by its likeliest tags one name, or the end of one."""
    tags = rows[found.start : found.end].argmax(axis=1)
    kinds = {TAGS[tag][2:] for tag in tags}
    return len(kinds) == 1 and tags[0] != OUT and all(TAGS[tag].startswith("I-") for tag in tags[1:])


def _choose_type(rows: FloatArray, found: Definition) -> str:
    """Return the likeliest type of the acronym and the first word; later words are often places."""
    mass = {kind: sum(sum_type(rows, place, kind) for place in (found.acronym, found.start)) for kind in ENTITY_TYPES}
    return max(mass, key=lambda kind: mass[kind])


def _find_start(words: Sequence[str], end: int, acronym: str, fits: Callable[[Sequence[str], str], bool]) -> int | None:
    """Return the first word of the shortest long form before a bracket, or None."""
    for start in range(end - 2, max(-1, end - MAX_LONG_FORM), -1):
        if words[start] in _BOUNDARIES:
            return None
        if not words[start][:1].isupper() and _is_content(words[start]):
            return None
        if words[start][:1].isupper() and fits(words[start:end], acronym):
            return start
    return None


def _is_content(word: str) -> bool:
    return word.isalpha() and fold(word) not in LINKING_WORDS


def _has_beginnings(long: Sequence[str], acronym: str) -> bool:
    """Return whether an acronym consists of beginnings of the words in order, the first word's included."""
    words = [fold(word) for word in long if word.isalpha()]
    letters = fold_acronym(acronym)
    return len(letters) >= MIN_BLEND and len(words) > 1 and _match(words[0], words[1:], letters)


def _match(word: str, later: Sequence[str], letters: str) -> bool:
    """Return whether the letters begin with a beginning of the word and go on with beginnings of later words."""
    for end in range(len(letters), 0, -1):
        if word.startswith(letters[:end]):
            rest = letters[end:]
            if not rest or any(_match(each, later[at + 1 :], rest) for at, each in enumerate(later)):
                return True
    return False


def _has_initials(long: Sequence[str], acronym: str) -> bool:
    return has_initials(" ".join(long), acronym)
