"""Occurrences of names: the surfaces of an article's names, and every occurrence of each, word for word.

An article is laid out as one row of words with an empty word after each sentence, so that no surface crosses the end of
a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.encoder import TagProbabilities, Words
from services.enrichment.entities.names.surfaces import has_company_form, remove_accents
from services.enrichment.labels import ENTITY_TYPES, OUTSIDE, TAG_INDEX, TAGS

MAX_WORDS: Final = 8
"""Maximum number of words of a surface that is pooled; longer surfaces are hardly ever repeated word for word."""

GAP: Final = ""
"""Empty word that is put after each sentence."""

CURRENCY_SIGNS: Final = frozenset("$€£¥₦₹₽₩₱")

POSSESSIVES: Final = frozenset({"'s", "’s", "'S", "’S"})

MARKS: Final = frozenset({GAP, "(", "<", "-", ",", *CURRENCY_SIGNS, *POSSESSIVES})
"""Words that say something about the names beside them."""

Surface = tuple[str, ...]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WordRow:
    """All words of an article in one row.

    `probabilities` is (words, tags), in which the gaps are certain to be O. `sentences` has the number of each word's
    sentence. `marks` has the positions of each of MARKS, in order.
    """

    words: list[str]
    probabilities: FloatArray
    sentences: NDArray[np.int64]
    marks: Mapping[str, Sequence[int]]

    def find(self, words: Container[str]) -> list[int]:
        """Return the positions of some words, in order."""
        return [place for place, word in enumerate(self.words) if word in words]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Occurrences of all surfaces: `surfaces[ids[i]]` is at words `starts[i]` to `ends[i]`, half open."""

    surfaces: list[Surface]
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def lay_out(words: Words, probabilities: Sequence[TagProbabilities]) -> WordRow:
    """Lay out the sentences of one article as one row."""
    gap = np.zeros((1, len(TAGS)))
    gap[0, TAG_INDEX[OUTSIDE]] = 1.0
    lengths = [len(sentence) + 1 for sentence in words]
    row = list(chain.from_iterable([*sentence, GAP] for sentence in words))
    marks: dict[str, list[int]] = {mark: [] for mark in MARKS}
    for place, word in enumerate(row):
        if word in marks:
            marks[word].append(place)
    return WordRow(
        words=row,
        marks=marks,
        probabilities=np.concatenate(list(chain.from_iterable((rows, gap) for rows in probabilities))),
        sentences=np.repeat(np.arange(len(lengths)), lengths),
    )


def find_occurrences(article: WordRow) -> Occurrences:
    """Find every occurrence of every surface that is a name by its likeliest tags somewhere in the article.

    The first and the last word of a person's name are surfaces too, and so is a company's name without Inc. and the
    like. A surface is also found when it is written in capitals.
    """
    surfaces = _find_surfaces(article)
    by_first = _index_by_first(surfaces)
    ids, starts, ends = [], [], []
    for start in article.find(by_first):
        for number, surface in by_first[article.words[start]]:
            end = start + len(surface)
            if tuple(article.words[start:end]) == surface:
                ids.append(number)
                starts.append(start)
                ends.append(end)
    return Occurrences(surfaces, *(np.array(column, dtype=np.int64) for column in (ids, starts, ends)))


def _find_surfaces(article: WordRow) -> list[Surface]:
    tags = article.probabilities.argmax(axis=1)
    found: dict[Surface, None] = {}
    for start, end, kind in _find_entities(tags):
        surface = tuple(article.words[start:end])
        if len(surface) <= MAX_WORDS:
            found[surface] = None
        if kind == "ORG" and has_company_form(surface):
            found[surface[:-1]] = None
        if kind == "PER":
            found.update(dict.fromkeys(((surface[0],), (surface[-1],))))
    return list(found)


def _find_entities(tags: NDArray[np.int64]) -> Iterator[tuple[int, int, str]]:
    """Yield the entities of a row of tags in order; only tags other than O are read, because most are O.

    An I- without its B- begins an entity, as in `labels.find_spans`.
    """
    inside = np.flatnonzero(tags != TAG_INDEX[OUTSIDE])
    start = end = kind = -1
    for word, tag in zip(inside.tolist(), tags[inside].tolist(), strict=True):
        own, is_inner = divmod(tag - 1, 2)
        if not (is_inner and word == end and own == kind):
            if kind >= 0:
                yield start, end, ENTITY_TYPES[kind]
            start, kind = word, own
        end = word + 1
    if kind >= 0:
        yield start, end, ENTITY_TYPES[kind]


def _index_by_first(surfaces: Sequence[Surface]) -> Mapping[str, list[tuple[int, Surface]]]:
    """Index the surfaces by their first word, as written, in capitals and without accents, with their numbers.

    A spelling in capitals or without accents has the number of the first surface that is written in another way, if
    there is one.
    """
    numbers: dict[Surface, int] = {}
    accented = [(number, surface) for number, surface in enumerate(surfaces) if not "".join(surface).isascii()]
    for number, surface in accented:
        numbers[surface] = number
        numbers.setdefault(tuple(map(remove_accents, surface)), number)
    for surface, number in [*numbers.items(), *zip(surfaces, range(len(surfaces)), strict=True)]:
        capitals = tuple(word.upper() for word in surface)
        if capitals != surface:
            numbers.setdefault(capitals, numbers.setdefault(surface, number))
    for number, surface in enumerate(surfaces):
        numbers.setdefault(surface, number)
    by_first: dict[str, list[tuple[int, Surface]]] = defaultdict(list)
    for surface, number in numbers.items():
        by_first[surface[0]].append((number, surface))
    return by_first
