"""Tokens of a text: words with their stems, and numbers, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.contracts.text.folding import compose, fold
from services.contracts.text.scripts import UNSPACED

TOKEN: Final = re.compile(
    rf"(?P<number>\d+(?:[.,]\d+)*)(?![^\W_])|(?P<unspaced>[{UNSPACED}]+)"
    rf"|(?P<word>[^\W_{UNSPACED}]+(?:['’][^\W_{UNSPACED}]+)*)|(?P<end>[.!?…\n])"
)
"""Pattern of a number, of a run of letters in a script without spaces, of a word, or of the end of a sentence."""

PAIR: Final = 2
"""Letters of a term in a script without spaces: most words there have two."""
LONGEST_WORD: Final = 40
"""Letters of a word that count. Longer ones are addresses and keys."""


SHORTEST: Final = 4
"""Letters from which a word may have an ending to cut off."""
SIBILANT_PLURALS: Final = ("ses", "xes", "zes", "hes")


class Token(NamedTuple):
    """A word or a number of a text."""

    text: str
    """The token as written."""
    stem: str
    """The folded stem of a word; the digits of a number without separators of thousands."""
    is_number: bool
    opens_sentence: bool
    """True at the beginning of a sentence or line, where a capital letter says nothing."""


def split_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order. The time is in proportion to its length."""
    opens = True
    for match in TOKEN.finditer(compose(text)):
        kind, found = match.lastgroup, match[0]
        if kind == "end":
            opens = True
            continue
        if kind == "number":
            yield Token(found, found.replace(",", ""), True, opens)
        elif kind == "unspaced":
            pairs = [found[at : at + PAIR] for at in range(max(1, len(found) - 1))]
            yield from (Token(pair, pair, False, False) for pair in pairs)
        else:
            yield Token(found, stem(fold(found[:LONGEST_WORD])), False, opens)
        opens = False


def stem(word: str) -> str:
    """Return a folded word without the endings of plural, past and gerund in English.

    It needs to be the same for two forms of a word and no more. Words of other languages lose no distinction that
    matters: a stem is compared with stems of the same language only.
    """
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > SHORTEST:
        return word[:-3] + "y"
    if word.endswith(SIBILANT_PLURALS) and len(word) > SHORTEST:
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us")) and len(word) >= SHORTEST:
        word = word[:-1]
    if word.endswith("ing") and len(word) > SHORTEST + 1:
        word = word[:-3]
    elif word.endswith("ed") and len(word) > SHORTEST:
        word = word[:-2]
    return word[:-1] if word.endswith("e") and len(word) > SHORTEST else word
