"""Evidence of types from the whole article, for names that the encoder reads without it.

- News introduces a person by a whole name. A name of one word that is in no whole name of an article which has such
  names is hardly ever a person's: Renamo is a party.
- Places have no plural. Where an article has Uygur and Uygurs, both name people, and so do unknown words that end as
  names of peoples do: Portuguese, Equatoguineans.
- A noun such as "company" right before a name says that it is an organisation's: the textile company Tarnby Lindqvist.
- The article begins with the place that it was written in: "Muscat: The ministry said ...".

The probability that a word is in a name at all stays the same.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.contracts.text.names import TITLES
from services.enrichment.entities.names.acronyms import is_acronym
from services.enrichment.entities.tags.occurrences import GAP, FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import BEGIN, INNER, OUT
from services.enrichment.labels import ENTITY_TYPES

LONE_PERSON: Final = 0.3
"""Factor of the probability of a person for a word that is in no whole name of the article (docs/tuning.md)."""

FEWEST_SENTENCES: Final = 5
"""Sentences of an article that has room to introduce its persons."""

PEOPLE: Final = 10.0
"""Factor of the probability of MISC for a word that looks like the name of a people (docs/tuning.md)."""

BODIES: Final = frozenset(
    """agency airline association bank broadcaster carrier club company firm group maker militia movement network
    newspaper operator organisation organization party producer publisher retailer startup supplier union""".split()
)
"""Nouns right before a name that make it an organisation's (docs/tuning.md)."""

BODY: Final = 20.0
"""Factor of the probability of an organisation behind such a noun."""

LONGEST_DATELINE: Final = 3
"""Words of the longest place at the beginning of an article."""

DATELINE: Final = 5.0
"""Factor of the probability of a place there."""

SLIGHT: Final = 0.02
"""Probability of a type below which its words are left alone."""

_BEGINS: Final[NDArray[np.intp]] = np.array([BEGIN[kind] for kind in ENTITY_TYPES])
_INNERS: Final[NDArray[np.intp]] = np.array([INNER[kind] for kind in ENTITY_TYPES])
_PEOPLE = re.compile("[A-Z][a-z]{2,}(?:[ie]an|ese|[aei]ans)")
_DATELINE_MARKS = frozenset({":", "-", "–", "—"})


def weigh_document(article: WordRow, first: int) -> None:
    """Change the types of names in place; `first` is the number of the first sentence of the body."""
    _doubt_lone_persons(article)
    _prefer_peoples(article)
    _prefer_bodies(article)
    _prefer_dateline(article, first)


def _doubt_lone_persons(article: WordRow) -> None:
    words, rows = article.words, article.probabilities
    if article.sentences[-1] + 1 < FEWEST_SENTENCES:
        return
    tags = rows.argmax(axis=1)
    later = np.flatnonzero(tags == INNER["PER"]).tolist()
    if not later:
        return
    borne = {words[place].lower() for end in later for place in (end - 1, end)}
    inner = rows[1:, INNER["PER"]]
    alone = np.flatnonzero((rows[:-1, BEGIN["PER"]] > SLIGHT) & (inner < 1 / 2))
    for place in alone.tolist():
        word = words[place]
        is_titled = words[place - 1].lower().strip(".") in TITLES
        if word[0].isupper() and not (is_titled or word.lower() in borne or is_acronym(word)):
            _weigh(rows, place, {"PER": LONE_PERSON})


def _prefer_peoples(article: WordRow) -> None:
    words, rows = article.words, article.probabilities
    begins = np.flatnonzero(rows[:, _BEGINS].sum(axis=1) > rows[:, OUT])
    is_alone = (rows[begins + 1][:, _INNERS].sum(axis=1) <= rows[begins + 1, OUT]).tolist()
    is_misc = (rows[begins].argmax(axis=1) == BEGIN["MISC"]).tolist()
    names = [words[place] for place in begins.tolist()]
    distinct = {name for name in names if not is_acronym(name)}
    misc = {name for name, is_own in zip(names, is_misc, strict=True) if is_own}
    pairs = [{name[:-1], name} for name in distinct if name.endswith("s") and name[:-1] in distinct]
    peoples = {name for pair in pairs if pair & misc for name in pair}
    for place, name, is_single in zip(begins.tolist(), names, is_alone, strict=True):
        if is_single and _PEOPLE.fullmatch(name):
            _weigh(rows, place, {"MISC": PEOPLE})
        elif is_single and name in peoples:
            _weigh(rows, place, {"LOC": 1 / PEOPLE, "ORG": 1 / PEOPLE})


def _prefer_bodies(article: WordRow) -> None:
    words, rows = article.words, article.probabilities
    for place in article.find(BODIES):
        word = place + 1
        if words[word][:1].isupper() and rows[word, _BEGINS].sum() > rows[word, OUT]:
            _weigh(rows, word, {"ORG": BODY})
            while rows[word + 1, _INNERS].sum() > 1 / 2:
                word += 1
                _weigh(rows, word, {"ORG": BODY}, _INNERS)


def _prefer_dateline(article: WordRow, first: int) -> None:
    words, rows = article.words, article.probabilities
    start = int(np.searchsorted(article.sentences, first))
    end = start
    while end - start < LONGEST_DATELINE and words[end][:1].isupper():
        end += 1
    if words[end] in _DATELINE_MARKS and words[end + 1][:1].isupper() and words[end + 1] != GAP and end > start:
        _weigh(rows, start, {"LOC": DATELINE})
        for place in range(start + 1, end):
            _weigh(rows, place, {"LOC": DATELINE}, _INNERS)


def _weigh(rows: FloatArray, word: int, factors: dict[str, float], tags: NDArray[np.intp] = _BEGINS) -> None:
    """Multiply the shares of some types of a word; the sum of all types stays the same."""
    shares = rows[word, tags] * np.array([factors.get(kind, 1.0) for kind in ENTITY_TYPES])
    rows[word, tags] = shares * (rows[word, tags].sum() / max(shares.sum(), 1e-12))
