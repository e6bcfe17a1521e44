"""Evidence of whole names of persons, from an article's other mentions of them.

- A surname that the article has alone is the end of a full name where a capitalised word stands before it: whoever
  reads "Tamm thanked Georgia" knows that "Georgia Tamm" is one person. This holds for a surname that is in no clear
  full name: in an article on Angela Merkel, "Chastened Merkel" is no other person.
- A title before a name is no name of its own.
- A hyphen joins two surnames of one person where a first name or a title stands before them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.contracts.text.names import TITLES
from services.enrichment.entities.tags.occurrences import GAP, FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import BEGIN, CERTAIN, INNER, OUT, clear, sum_type

UNLIKELY: Final = 0.05
"""Probability of a full name below which nothing is changed."""

POSSIBLE: Final = 0.3
"""Probability of a person from which a word beside a hyphen may be a surname."""

COMMON_WORD: Final = 0.6
"""Probability that a word before a surname is no name, from which it is not taken for a first name."""

Tags = NDArray[np.int64]

_BEGIN, _INNER = BEGIN["PER"], INNER["PER"]


def complete_persons(article: WordRow) -> None:
    """Change the probabilities of an article in place by the evidence of whole names."""
    tags = article.probabilities.argmax(axis=1)
    persons = np.flatnonzero(tags == _BEGIN)
    _clear_titles(article, tags)
    if len(persons):
        _join_surnames(article, tags)
        alone = _find_lone_names(article, persons, tags)
        is_person = (tags == _BEGIN) | (tags == _INNER)
        for place in np.flatnonzero(is_person[:-1] & (tags[1:] == _INNER)).tolist():
            alone.pop(article.words[place + 1], None)
        _join_first_names(article, alone)


def _clear_titles(article: WordRow, tags: Tags) -> None:
    """Clear a title that is a name of one word by its tags, where a capitalised word follows: Hon. Justice Eze."""
    words = article.words
    for place in np.flatnonzero(tags % 2 == 1).tolist():
        if _is_title(words[place]):
            following = place + 1 + (words[place + 1] == ".")
            if tags[following] != tags[place] + 1 and words[following].istitle():
                clear(article.probabilities, place, following)


def _find_lone_names(article: WordRow, persons: Tags, tags: Tags) -> dict[str, float]:
    """Return the names of one word that the article has alone, with the probability of the clearest."""
    # The word before the first is the last of all, which is a gap and O.
    lone = persons[(tags[persons + 1] != _INNER) & (tags[persons - 1] == OUT)]
    rows = article.probabilities
    chances = rows[lone][:, [_BEGIN, _INNER]].sum(axis=1) * rows[lone - 1, OUT]
    alone: dict[str, float] = {}
    for place, chance in zip(lone.tolist(), chances.tolist(), strict=True):
        word = article.words[place]
        if word.istitle():
            alone[word] = max(alone.get(word, 0.0), chance)
    return alone


def _join_first_names(article: WordRow, alone: Mapping[str, float]) -> None:
    """Join a capitalised word with the surname behind it, as far as the word can begin or continue a person's name."""
    words, rows = article.words, article.probabilities
    pairs = [(place, words[place - 1]) for place in article.find(alone) if place]
    pairs = [(place, first) for place, first in pairs if first.istitle() and first.isalpha() and not _is_title(first)]
    surnames: dict[str, set[str]] = defaultdict(set)
    for place, first in pairs:
        surnames[first].add(words[place])
    for place, first in pairs:
        # A word in front of several surnames is a title, such as Emperor.
        if len(surnames[first]) == 1 and rows[place - 1, OUT] < COMMON_WORD:
            other = rows[place - 1, BEGIN["LOC"]] + rows[place - 1, BEGIN["ORG"]]
            # Where both are certain, a comma is missing between a place and a person.
            apart = other * rows[place, _BEGIN]
            chance = alone[words[place]] * float(sum_type(rows, place - 1, "PER") + other) * float(1 - apart)
            if chance > UNLIKELY:
                _join_pair(rows, place, chance)


def _join_pair(rows: FloatArray, surname: int, chance: float) -> None:
    own = sum_type(rows, surname - 1, "PER")
    begins = rows[surname - 1, _BEGIN] / own if own > UNLIKELY else 1.0
    rows[surname - 1 : surname + 1] *= 1 - chance
    rows[surname - 1, _BEGIN] += chance * begins
    rows[surname - 1, _INNER] += chance * (1 - begins)
    rows[surname, _INNER] += chance


def _join_surnames(article: WordRow, tags: Tags) -> None:
    """Join surnames with a hyphen between them: Folake Bamgbose-Adeyemi, and then Bamgbose-Adeyemi alone too."""
    words, rows = article.words, article.probabilities
    hyphens = [place for place in article.marks["-"] if place and _are_surnames(words, rows, place)]
    joined = {
        (words[place - 1], words[place + 1])
        for place in hyphens
        if tags[place - 1] == _INNER
        or (tags[place - 1] == _BEGIN and _is_title(words[place - 2] if place > 1 else GAP))
    }
    for place in hyphens:
        if (words[place - 1], words[place + 1]) in joined:
            rows[place : place + 2] *= 1 - CERTAIN
            rows[place : place + 2, _INNER] += CERTAIN


def _are_surnames(words: Sequence[str], rows: FloatArray, hyphen: int) -> bool:
    first, second = hyphen - 1, hyphen + 1
    return (
        words[first].istitle()
        and words[second].istitle()
        and min(sum_type(rows, first, "PER"), sum_type(rows, second, "PER")) > POSSIBLE
        and rows[second + 1, _INNER] < POSSIBLE
    )


def _is_title(word: str) -> bool:
    return word.lower().strip(".") in TITLES
