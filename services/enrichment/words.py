"""The definition of a word of running text, for all code that counts or labels words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}"  # U.S.
    r"|[^\W\d_](?:\.[^\W\d_])+\b"  # U.S
    r"|\d+(?:[.,]\d+)+"  # 6,000
    r"|['’][sS]\b"  # the possessive is a word of its own
    r"|\w+(?:(?:['’](?![sS]\b)|&)\w+)*"  # O'Neill, AT&T
    r"|\S"
)


def find_words(text: str) -> Iterator[tuple[int, int]]:
    """Return the spans of words, in code points, half open; punctuation marks are words of their own."""
    return (match.span() for match in _WORD.finditer(text))
