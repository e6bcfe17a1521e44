"""Acronyms: which words can be one, and which long forms it can abbreviate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from services.contracts.text.folding import fold
from services.contracts.text.names import MEMO_NAMES
from services.enrichment.entities.names.surfaces import LINKING_WORDS

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

MIN_BLEND: Final = 5
"""Letters of the shortest acronym of syllables that is recognised away from its long form."""

MIN_BLENDED: Final = 3
"""Words of the shortest long form of such an acronym, without linking words."""

MIN_PARTIAL: Final = 4
"""Letters of the shortest acronym that may lack one initial of its long form."""

_JOINER = re.compile("[-./]")


@lru_cache(MEMO_NAMES)
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


@lru_cache(MEMO_NAMES)
def is_short_word(text: str) -> bool:
    """Return whether a surface can be an acronym where the article defines it as one: INSEE, Tepco, icddr."""
    letters = text.replace(".", "")
    return letters.isalpha() and MIN_ACRONYM <= len(letters) <= MAX_SHORT_WORD


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


def translates(long: str, acronym: str) -> bool:
    """Return whether an acronym next to a long form can be of another language: it has the initials in any order.

    Other letters may come between them, and one word of four or more may lack its initial: National Tourism Promotion
    Fund (Fonatur). A single word can be a part of the original's long form: Anticorruption (PAC). A code of two letters
    has the first letter: Kenya Airways (KQ).
    """
    letters = fold_acronym(acronym)
    words = _list_content_words(long)
    if len(words) == 1:
        return any(words[0][0] == rest[0] and _runs_through(words[0], rest) for rest in _drop_one(letters))
    if not words or len(letters) == MIN_ACRONYM:
        return bool(words) and is_acronym(acronym) and letters[0] == words[0][0]
    missing = Counter(word[0] for word in words) - Counter(letters)
    return missing.total() <= (len(words) >= MIN_PARTIAL)


def fits_anywhere(long: str, acronym: str) -> int:
    """Return how well an acronym fits a long form that is somewhere else in the article; 0 if it does not.

    3: it has its initials. 2: it consists of beginnings of all its words, of which there are at least three, in any
    order: Autonomous University of Tarnby (Unatar). 1: it has the initials but one, of four and more letters.
    """
    letters = fold_acronym(acronym)
    initials = find_initials(long)
    if is_acronym(acronym) and letters in initials:
        return 3
    if len(letters) >= MIN_BLEND and is_short_word(acronym) and _is_blend(_list_content_words(long), letters):
        return 2
    if is_acronym(acronym) and len(letters) >= MIN_PARTIAL:
        return int(any(letters in _drop_one(each, first=1) for each in initials))
    return 0


def _is_blend(words: Sequence[str], letters: str) -> bool:
    is_long = MIN_BLENDED <= len(words) <= MAX_ABBREVIATED and letters not in words
    return is_long and {word[0] for word in words} <= {*letters} and _has_beginnings(words, letters, len(words))


@lru_cache(MEMO_NAMES)
def _list_content_words(long: str) -> tuple[str, ...]:
    return tuple([word for word in re.split(r"[\W_]+", fold(long)) if word and word not in LINKING_WORDS])


def _drop_one(letters: str, first: int = 0) -> Iterator[str]:
    """Yield the letters without one of them, at `first` or later, where two or more are left."""
    for place in range(first, len(letters) if len(letters) > MIN_ACRONYM else 0):
        yield letters[:place] + letters[place + 1 :]


def _has_beginnings(words: Sequence[str], letters: str, fewest: int = 1) -> bool:
    """Return whether letters are beginnings of some of the words, each used at most once, in any order.

    `fewest` is the minimum number of words that are used.
    """
    start = 0, frozenset[int]()
    reached, seen = [start], {start}
    while reached:
        place, used = reached.pop()
        for index, word in enumerate(words[:MAX_ABBREVIATED]):
            for end in range(place + 1, len(letters) + 1):
                if index in used or not word.startswith(letters[place:end]):
                    break
                state = end, used | {index}
                if end == len(letters) and len(state[1]) >= fewest:
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


@lru_cache(MEMO_NAMES)
def fold_acronym(acronym: str) -> str:
    """Return the letters of an acronym, folded."""
    return fold(acronym).replace(".", "")


def _runs_through(text: str, letters: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in letters)
