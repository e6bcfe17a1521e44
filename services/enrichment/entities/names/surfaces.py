"""Surfaces of names: keys and comparisons by which two spellings of one name are recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from services.contracts.text.folding import fold
from services.contracts.text.names import COMPANY_FORMS, MEMO_NAMES, count_titles

PLACE_KINDS: Final = frozenset(
    "province district prefecture region governorate oblast county desert heights strip peninsula archipelago".split()
)
"""Words at the end of a place's name that writers often leave out. City, River, Canal and State are not in this list,
because without them the name means another place: Mexico City, Niger River, Panama Canal, Washington State."""

STATE_KINDS: Final = frozenset("republic kingdom sultanate emirate principality commonwealth state".split())
"""Words in front of "of" and a country's name that make it the official one."""

LINKING_WORDS: Final = frozenset(
    """of the and for in on to at by with a an & -
    de la las los el lo le les l du des d et en au aux pour sur e y i da das do dos di del della delle dei degli
    der die dem den und fur im am zu zur zum von vom van voor het een og och pa til av for ve ile dan w na z""".split()
)
"""Words that most acronyms skip, folded: of English, and of languages whose names English copy often keeps."""

_MARGINS = "\"'“”‘’«»`-–,;:/"
"""Characters around a name, or between two names as in "Russian-Chinese", that are not part of a name."""
_OPENING = "(["
"""Characters that no name ends with."""

_DASH = re.compile(r"(?<=\w)\s+[-–—]\s+(?=[a-z])")
"""The beginning of an aside in lower case: Tarnby - yesterday."""


def trim_surface(text: str) -> tuple[int, int]:
    """Return the span of a surface without enclosing marks or an aside behind a dash; it is never empty."""
    start, end = 0, len(text)
    if dash := _DASH.search(text):
        end = dash.start()
    while end - start > 1 and _is_margin(text[start]):
        start += 1
    while end - start > 1 and (_is_margin(text[end - 1]) or text[end - 1] in _OPENING):
        end -= 1
    return start, end


def is_cut_bracket(surface: str, following: str) -> bool:
    """Return whether a surface lacks only the bracket behind it: JD(S and the ) that closes it."""
    return following == ")" and surface.count("(") == surface.count(")") + 1


@lru_cache(MEMO_NAMES)
def clean_name(text: str, kind: str) -> str:
    """Return a surface as a name to show: on one line, without a lower-case article or a title before it."""
    name = re.sub(r"\s+", " ", text)
    if name.startswith("the ") and len(name) > len("the "):
        name = name.removeprefix("the ")
    if kind == "PER":
        words = name.split(" ")
        name = " ".join(words[count_titles([fold(word).strip(".") for word in words]) :])
    return name


def remove_accents(word: str) -> str:
    """Return a word with plain letters, in its own capitals: Łódź as Lodz. A word of accents alone stays as it is."""
    return "".join([letter if letter.isascii() else _plain(letter) for letter in word]) or word


def _plain(letter: str) -> str:
    return fold(letter).capitalize() if letter.isupper() else fold(letter)


def has_company_form(words: Sequence[str]) -> bool:
    """Return whether a name ends in Inc., Group or the like."""
    return len(words) > 1 and words[-1].strip(".").casefold() in COMPANY_FORMS


def _is_margin(letter: str) -> bool:
    return letter in _MARGINS or letter.isspace()
