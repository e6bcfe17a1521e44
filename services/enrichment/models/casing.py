"""Casing classes of words: the feature by which the encoder sees capitals, which its vocabulary lacks."""

from __future__ import annotations

from typing import Final

OTHER: Final = 0
"""Casing of punctuation, symbols, scripts without case, and the encoder's own special pieces."""
LOWER: Final = 1
TITLE: Final = 2
UPPER: Final = 3
MIXED: Final = 4
DIGIT: Final = 5
INITIAL: Final = 6
"""Casing of a single capital: an initial or the article A, but not an acronym."""

CASINGS: Final = 7


def classify_casing(word: str) -> int:
    """Return the casing class of one whitespace- and punctuation-free word, 0 to 6."""
    if word.islower():
        return LOWER
    if word.isupper():
        return INITIAL if len(word) == 1 else UPPER
    if word[:1].isupper() and word[1:].islower():
        return TITLE
    if any(letter.isupper() for letter in word):
        return MIXED
    if any(letter.isdigit() for letter in word):
        return DIGIT
    return OTHER
