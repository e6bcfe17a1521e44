"""Words and shingles: what two copies of an article have in common whatever the publisher did to their looks."""

from __future__ import annotations

import re
import unicodedata

from services.enrichment.scripts import UNSPACED

WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""Where no spaces are set, a whole clause would be one word, so each letter counts as one."""

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
