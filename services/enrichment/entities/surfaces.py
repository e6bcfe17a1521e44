"""Surfaces of names: keys and comparisons by which two spellings of one name are recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from services.contracts.folding import fold
from services.contracts.names import COMPANY_FORMS, MEMO_NAMES, count_titles

PLACE_KINDS: Final = frozenset(
    "province district prefecture region governorate oblast county desert heights strip peninsula archipelago".split()
)
"""Words at the end of a place's name that writers often leave out. City, River, Canal and State are not in this list,
because without them the name means another place: Mexico City, Niger River, Panama Canal, Washington State."""

LINKING_WORDS: Final = frozenset(
    """of the and for in on to at by with a an & -
    de la las los el lo le les l du des d et en au aux pour sur e y i da das do dos di del della delle dei degli
    der die dem den und fur im am zu zur zum von vom van voor het een og och pa til av for ve ile dan w na z""".split()
)
"""Words that most acronyms skip, folded: of English, and of languages whose names English copy often keeps."""

MAX_ACRONYM: Final = 8
"""Maximum number of letters of an acronym; a longer word in capitals is an ordinary word in capitals."""

MIN_ACRONYM: Final = 2
"""Minimum number of letters of an acronym, and of the capitals in it."""

MAX_SHORT_WORD: Final = 10
"""Letters of the longest word that an article may define as an acronym."""

MAX_ABBREVIATED: Final = 8
"""Words of a long form that are compared with the beginnings in an acronym, to limit the time."""

MIN_CAPITALS: Final = 3
"""Minimum number of letters of a word that is an acronym whatever it abbreviates; codes of countries have fewer."""

_JOINER = re.compile("[-./]")
_MARGINS = "\"'“”‘’«»`-–,;:/"
"""Characters around a name, or between two names as in "Russian-Chinese", that are not part of a name."""
_OPENING = "(["
"""Characters that no name ends with."""


def trim_surface(text: str) -> tuple[int, int]:
    """Return the span of a surface without enclosing marks; it is never empty."""
    start, end = 0, len(text)
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


def is_acronym(text: str) -> bool:
    """Return whether a surface reads as an acronym: UN, U.S., BoJ."""
    letters = text.replace(".", "")
    return (
        letters.isalpha()
        and MIN_ACRONYM <= len(letters) <= MAX_ACRONYM
        and sum(map(str.isupper, letters)) >= MIN_ACRONYM
    )


def is_capital_acronym(text: str) -> bool:
    """Return whether a surface can only be an acronym: capitals alone, and not as few as a code of a country has."""
    letters = _JOINER.sub("", text)
    return letters.isalpha() and letters.isupper() and MIN_CAPITALS <= len(letters) <= MAX_SHORT_WORD


def has_initials(long: str, acronym: str) -> bool:
    """Return whether an acronym spells the initials of a long form, with or without its linking words."""
    return fold_acronym(acronym) in find_initials(long)


def is_short_word(text: str) -> bool:
    """Return whether a surface can be an acronym where the article defines it as one: INSEE, Tepco, CONATRAN."""
    letters = text.replace(".", "")
    return letters.isalpha() and MIN_ACRONYM <= len(letters) <= MAX_SHORT_WORD and letters[0].isupper()


def abbreviates(long: str, acronym: str) -> bool:
    """Return whether an acronym can abbreviate a long form beside it in parentheses.

    Its letters must occur in the long form in order, beginning with the first letter of a word; or they are its
    initials, or beginnings of its words, in the word order of another language: National Civil Police (PNC), National
    Transport Commission (CONATRAN). This is weaker evidence than initials, so use it only when the article itself
    defines the acronym.
    """
    letters, folded = fold_acronym(acronym), fold(long)
    words = [word for word in re.split(r"[\W_]+", folded) if word]
    if len(words) <= 1 or not letters:
        return False
    if sorted(letters) in map(sorted, find_initials(long)) or _has_beginnings(words, letters):
        return True
    starts = [match.start() for match in re.finditer(r"\b\w", folded) if folded[match.start()] == letters[0]]
    return any(_runs_through(folded[start:], letters) for start in starts)


def _has_beginnings(words: Sequence[str], letters: str) -> bool:
    """Return whether letters are beginnings of some of the words, each used at most once, in any order."""
    start = 0, frozenset[int]()
    reached, seen = [start], {start}
    while reached:
        place, used = reached.pop()
        for index, word in enumerate(words[:MAX_ABBREVIATED]):
            for end in range(place + 1, len(letters) + 1):
                if index in used or not word.startswith(letters[place:end]):
                    break
                state = end, used | {index}
                if end == len(letters):
                    return True
                if state not in seen:
                    seen.add(state)
                    reached.append(state)
    return False


@lru_cache(MEMO_NAMES)
def find_initials(long: str) -> tuple[str, ...]:
    """Return the initials of a name of several words, with and without linking words; none for a single word."""
    words = [word for word in re.split(r"[\s\-]+", fold(long)) if word[:1].isalnum()]
    if words and words[0] == "the":
        words = words[1:]
    if len(words) <= 1:
        return ()
    return "".join(word[0] for word in words), "".join(word[0] for word in words if word not in LINKING_WORDS)


def fold_acronym(acronym: str) -> str:
    """Return the letters of an acronym, folded."""
    return fold(acronym).replace(".", "")


def _is_margin(letter: str) -> bool:
    return letter in _MARGINS or letter.isspace()


def _runs_through(text: str, letters: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in letters)
