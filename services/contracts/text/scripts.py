"""Classes of characters that `re` does not know, for code that finds words. They are for use inside `[...]`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

UNSPACED: Final = (
    "\u0e00-\u0e7f"  # Thai
    "\u0e80-\u0eff"  # Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # Hiragana and Katakana
    "\u31f0-\u31ff"
    "\u3400-\u4dbf"  # Han
    "\u4e00-\u9fff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces between words, as ranges for a character class of a regular expression."""

_BLOCKS_WITH_MARKS: Final = (range(0x0300, 0x3100), range(0xA600, 0xAC00), range(0xFB00, 0xFE30))
"""All blocks of the Basic Multilingual Plane that have combining marks. Han and Hangul, the largest, have none."""


def _join_ranges(codes: Iterable[int]) -> str:
    """Return ascending code points as ranges of a character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


MARKS: Final = _join_ranges(
    code for block in _BLOCKS_WITH_MARKS for code in block if unicodedata.category(chr(code)).startswith("M")
)
"""Combining marks (categories Mn, Mc and Me): accents, and vowel signs of Indic and South-East Asian scripts. `\\w` has
none of them. The list has those of the Basic Multilingual Plane: with the others, which belong to scripts that no
newspaper uses, `re` is several times slower."""
