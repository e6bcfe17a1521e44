"""An article's features, unpacked and normalised for comparison with stories."""

from __future__ import annotations

import base64
import struct
from functools import lru_cache
from math import sqrt
from typing import Final, NamedTuple

from msgspec import Struct

from services.contracts.event.story_features import StoryFeatures
from services.contracts.text.folding import fold
from services.enrichment.stories.features.extraction import LEAD, LEADING_NAME, NAME, TERM, hash_term
from services.enrichment.stories.features.tokens import stem
from services.errors import PermanentError

VALUES: Final = ("date", "year", "number")
"""Kinds of facts that are compared as sets."""


class Term(Struct, frozen=True, gc=False):
    """A term of an article. The vectors of all terms, of names and of the lead have the length 1.

    It is a struct, because an article has eighty terms, and a named tuple takes three times as long to build.
    """

    hash: int
    word: str
    """The word as the article first writes it."""
    weight: float
    lead: float
    """Weight in the lead; 0 for a term that is not there."""
    roles: int


class Fact(Struct, frozen=True, gc=False):
    """A date, year or number of an article."""

    kind: str
    """date, year, number, or slot: a number with the word next to it."""
    key: int
    """Hash of that word; 0 for other facts."""
    value: int
    """Hash of the date or number."""
    text: str
    """The fact as a reader would write it."""


class ArticleView(NamedTuple):
    """An article for comparison."""

    terms: tuple[Term, ...]
    hashes: frozenset[int]
    name_norm: float
    """Length of the part of the vector that names have; 0 without names."""
    leading_names: float
    """Sum of the weights in the lead of the names with which the article opens."""
    facts: tuple[Fact, ...]
    slots: tuple[tuple[int, int], ...]
    """Key and value of each number with a word next to it."""
    values: dict[str, frozenset[int]]
    """Values of dates, years and numbers."""


def view_article(features: StoryFeatures) -> ArticleView:
    """Unpack features. Raises PermanentError for features that this build cannot read."""
    words = features.words.split(" ") if features.words else []
    try:
        packed = list(TERM.iter_unpack(base64.b64decode(features.terms, validate=True)))
    except (ValueError, struct.error) as error:
        raise PermanentError(f"the terms of the story features cannot be read: {error}") from error
    if len(words) != len(packed):
        raise PermanentError(f"the story features have {len(words)} words and {len(packed)} terms")
    norm = sqrt(sum([weight * weight for _, weight, _, _ in packed])) or 1.0
    lead_norm = sqrt(sum([rarity * rarity for _, _, rarity, roles in packed if roles & LEAD])) or 1.0
    terms = tuple(
        [
            Term(code, word, weight / norm, rarity / lead_norm if roles & LEAD else 0.0, roles)
            for word, (code, weight, rarity, roles) in zip(words, packed, strict=True)
        ]
    )
    facts = tuple([_read_fact(fact) for fact in features.facts])
    return ArticleView(
        terms,
        frozenset([term.hash for term in terms]),
        sqrt(sum([term.weight * term.weight for term in terms if term.roles & NAME])),
        sum([term.lead for term in terms if term.roles & LEADING_NAME]),
        facts,
        tuple([(fact.key, fact.value) for fact in facts if fact.kind == "slot"]),
        {kind: frozenset([fact.value for fact in facts if fact.kind == kind]) for kind in VALUES},
    )


def _read_fact(fact: str) -> Fact:
    kind, _, rest = fact.partition(" ")
    if kind == "slot":
        key, _, value = rest.partition(" ")
        return Fact(kind, _hash_word(key), _hash(value), rest)
    return Fact(kind, 0, _hash(rest), rest)


@lru_cache(maxsize=65_536)
def _hash_word(word: str) -> int:
    return hash_term(stem(fold(word)))


_hash = lru_cache(maxsize=65_536)(hash_term)
