"""Evidence of where names begin and end, from their own words.

- Two organisations with nothing between them are one: Kadir Has University.
- A name does not end with a word that only links: Government of the.
- One word in lower case is a name only if the article has it again, or defines it in brackets.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from services.enrichment.entities.tags.occurrences import FloatArray, WordRow
from services.enrichment.entities.tags.tag_edits import BEGIN, INNER, OUT, clear, move
from services.enrichment.labels import TAGS

OPEN_ENDS: Final = frozenset("a an and at by for from in of on or the to with".split())
"""Words that need another word behind them."""


def correct_boundaries(article: WordRow) -> None:
    """Change the probabilities of an article in place by the evidence of its names' own words."""
    words, rows = article.words, article.probabilities
    tags = [TAGS[tag] for tag in rows.argmax(axis=1).tolist()]
    counts = Counter(words)
    for place in np.flatnonzero(rows[:, OUT] < rows.max(axis=1)).tolist():
        tag, word = tags[place], words[place]
        if tag == "B-ORG" and tags[place - 1][2:] == "ORG" and _are_one_name(words[place - 1], word):
            move(rows, place, BEGIN["ORG"], INNER["ORG"])
        elif word in OPEN_ENDS and tag[2:] != "PER" and not tags[place + 1].startswith("I-"):
            _cut_end(words, rows, place)
        elif word.islower() and _is_alone(tags, place) and words[place + 1] != ")" and counts[word] == 1:
            clear(rows, place, place + 1)


def _are_one_name(first: str, second: str) -> bool:
    return all(word.isalpha() and word[0].isupper() for word in (first, second)) and first.lower() != "the"


def _is_alone(tags: list[str], place: int) -> bool:
    return tags[place].startswith("B-") and tags[place + 1] == "O" == tags[place - 1]


def _cut_end(words: list[str], rows: FloatArray, end: int) -> None:
    """Clear the linking words at the end of a name."""
    while words[end] in OPEN_ENDS and rows[end].argmax() != OUT:
        clear(rows, end, end + 1)
        end -= 1
