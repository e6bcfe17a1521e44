"""Words and shingles: what two copies of an article have in common whatever the publisher did to their looks."""

from __future__ import annotations

import re
import unicodedata

UNSPACED = (
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
"""Scripts that set no space between words: a whole clause would be one word, so each letter counts as one."""

WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")

SHINGLE_WORDS = 3
"""Words of a shingle. Three keep a copy with scattered edits alike: with 5 % of the words changed, two texts share
0.76 of their 3-word and 0.65 of their 5-word shingles."""


def normalise(text: str) -> list[str]:
    """The words of a text, of which equal copies have equal ones.

    NFKC, case folded, runs of word characters only: quotation marks, dashes, spaces, markup and letter-case are
    what changes between copies. In scripts without spaces each letter is a word.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return WORD.findall(text.casefold())


def build_shingles(words: list[str]) -> set[str]:
    """The distinct runs of `SHINGLE_WORDS` words; empty when there are fewer words than that."""
    return {f"{first} {second} {third}" for first, second, third in zip(words, words[1:], words[2:], strict=False)}
