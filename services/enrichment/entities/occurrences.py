"""Occurrences of names: the surfaces of an article's names, and every occurrence of each, word for word.

An article is laid out as one row of words with an empty word after each sentence, so that no surface crosses the end of
a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.encoder import TagProbabilities, Words
from services.enrichment.entities.surfaces import has_company_form
from services.enrichment.labels import OUTSIDE, TAG_INDEX, TAGS, find_spans

MAX_WORDS: Final = 8
"""Maximum number of words of a surface that is pooled; longer surfaces are hardly ever repeated word for word."""

GAP: Final = ""
"""Empty word that is put after each sentence."""

Surface = tuple[str, ...]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WordRow:
    """All words of an article in one row.

    `probabilities` is (words, tags), in which the gaps are certain to be O. `sentences` has the number of each word's
    sentence.
    """

    words: list[str]
    probabilities: FloatArray
    sentences: NDArray[np.int64]


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
    return WordRow(
        words=list(chain.from_iterable([*sentence, GAP] for sentence in words)),
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
    for start in [start for start, word in enumerate(article.words) if word in by_first]:
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
    """Yield the entities of a row of tags in order; only the runs of tags other than O are read, because most are O."""
    inside = np.flatnonzero(tags != TAG_INDEX[OUTSIDE])
    words, named = inside.tolist(), [TAGS[tag] for tag in tags[inside].tolist()]
    breaks = [*(np.flatnonzero(np.diff(inside) > 1) + 1).tolist(), len(words)]
    for first, last in pairwise([0, *breaks]):
        spans = sorted(find_spans(named[first:last]))
        yield from ((words[first] + start, words[first] + end, kind) for start, end, kind in spans)


def _index_by_first(surfaces: Sequence[Surface]) -> Mapping[str, list[tuple[int, Surface]]]:
    """Index the surfaces by their first word, as written and in capitals, with their numbers.

    A spelling in capitals has the number of the first surface that is written in another way, if there is one.
    """
    numbers: dict[Surface, int] = {}
    for number, surface in enumerate(surfaces):
        capitals = tuple(word.upper() for word in surface)
        if capitals != surface:
            numbers[surface] = number
            numbers.setdefault(capitals, number)
    for number, surface in enumerate(surfaces):
        numbers.setdefault(surface, number)
    by_first: dict[str, list[tuple[int, Surface]]] = defaultdict(list)
    for surface, number in numbers.items():
        by_first[surface[0]].append((number, surface))
    return by_first
