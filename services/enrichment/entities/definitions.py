"""Definitions of acronyms: "World Health Organization (WHO)" and "EAPB (Empresa de Aguas y Puertos de Brisal)".

An article that defines an acronym says where the long form begins and ends, whatever language it is in. The search for
the long form goes back from the brackets as in Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (PSB 2003), but takes initials alone as evidence, so that it never takes too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.folding import fold
from services.enrichment.entities.occurrences import GAP, POSSESSIVES, FloatArray, WordRow
from services.enrichment.entities.surfaces import LINKING_WORDS, find_initials, fold_acronym, is_acronym
from services.enrichment.entities.tag_edits import OUT, join, sum_type
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
            start = _find_start(words, end, words[opening + 1])
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


def _is_one_name(rows: FloatArray, found: Definition) -> bool:
    """Return whether a long form is by its likeliest tags one name, or the end of one."""
    tags = rows[found.start : found.end].argmax(axis=1)
    kinds = {TAGS[tag][2:] for tag in tags}
    return len(kinds) == 1 and tags[0] != OUT and all(TAGS[tag].startswith("I-") for tag in tags[1:])


def _choose_type(rows: FloatArray, found: Definition) -> str:
    """Return the likeliest type of the acronym and the first word; later words are often places."""
    mass = {kind: sum(sum_type(rows, place, kind) for place in (found.acronym, found.start)) for kind in ENTITY_TYPES}
    return max(mass, key=lambda kind: mass[kind])


def _find_start(words: Sequence[str], end: int, acronym: str) -> int | None:
    """Return the first word of the shortest long form before a bracket, or None."""
    for start in range(end - 2, max(-1, end - MAX_LONG_FORM), -1):
        if words[start] in _BOUNDARIES:
            return None
        if not words[start][:1].isupper() and _is_content(words[start]):
            return None
        if words[start][:1].isupper() and _has_initials(words[start:end], acronym):
            return start
    return None


def _is_content(word: str) -> bool:
    return word.isalpha() and fold(word) not in LINKING_WORDS


def _has_initials(long: Sequence[str], acronym: str) -> bool:
    return fold_acronym(acronym) in find_initials(" ".join(long))
