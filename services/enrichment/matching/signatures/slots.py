"""Names and numbers of a text, each with the words around it, and the words with which the text opens.

Two reports that fill one form differ mostly in names and numbers, and these are between the same words: "shares
of Norvia fell 3 percent" and "shares of Halden fell 5 percent". A slot is such a place: the words before and after a
name or number. Two copies of one report have equal facts in equal slots, whatever a page adds, leaves out or moves. A
sample of the slots, the same for two texts with the same slots, is compared instead of the texts (coordinated sampling,
as for the anchors).

A name is a capitalised word that the text does not also write in lower case, or that follows a word in lower case. That
holds for any language with letter case, and does not depend on line breaks or headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from services.contracts.text.folding import compose
from services.contracts.text.scripts import UNSPACED
from services.enrichment.matching.signatures.normalised_words import WORD, drop_marks

SLOTS = 24
"""Most slots of an article: enough for all of a short report, whose form decides, and a sample of a long one."""

OPENING_WORDS = 30
"""Words of the body that count as its opening: the first sentence or two, which say what a report is about."""

KEPT_WORDS = 20
"""Most words of headline and opening that are kept, those of the headline first."""

SHORT_WORD = 3
"""Letters up to which a word that is no name or number says nothing about the subject."""

REPEATS = 12
"""Most facts of a slot. In a table the same two words are around many numbers; such a slot says nothing."""

NEIGHBOUR_CHARACTERS = 8
"""Characters of a neighbouring word that are used: in scripts without spaces a whole clause is one word here."""

MOSTLY_CAPITALS = 0.5
"""Share of words in capitals from which letter case says nothing about names."""

TOKEN = re.compile(rf"[{UNSPACED}]+|[^\W{UNSPACED}]+")
"""Pattern of a word, or of a clause in a script without spaces. A number with a point is two words in a row."""
ASCII = "".join(chr(code) if WORD.fullmatch(chr(code)) else " " for code in range(128))
"""Replacement of each ASCII character that is in no word by a blank, after which blanks separate the same words."""
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ")
SMALL_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ")
"""Letters of Latin-1, by which a word that follows one in lower case is known: no sentence begins with it."""

NUMBER_WORDS = {"one": "1"} | {
    word: str(number)
    for words in (
        "two three four five six seven eight nine ten eleven twelve",
        "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "deux trois quatre cinq six sept huit neuf dix onze douze",
        "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    )
    for number, word in enumerate(words.split(), start=2)
}
"""Numbers that newspapers write as words, in the languages that have a shard of their own. Words for one are left out
where they are articles as well."""

DATE_WORDS = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    januar februar märz april mai juni juli august september oktober november dezember
    montag dienstag mittwoch donnerstag freitag samstag sonntag
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    lundi mardi mercredi jeudi vendredi samedi dimanche
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo""".split()
)
"""Months and weekdays in the same languages, in full. `month_names` has the names and abbreviations of all languages.
Many of these are ordinary words here, such as "die", and hashes of few bits would often be equal to one of so many."""

VALUE_BITS = 6
"""Bits of each value in a stored slot: first word and last word of the name, and number. The other bits are those of
the words around it."""
VALUES = (1 << VALUE_BITS) - 1
CONTEXT_SHIFT = 3 * VALUE_BITS
CONTEXT_MASK = (1 << 32 - CONTEXT_SHIFT) - 1

OF_HEADLINE, IS_FACT = 1 << 15, 1 << 14
"""Bits of a stored opening word: it is in the headline, and it is a name or number. The other bits are its hash."""
WORD_MASK = IS_FACT - 1


def _hash_word(word: str) -> int:
    return crc32(word.encode()) & WORD_MASK or 1


DATES = frozenset(map(_hash_word, DATE_WORDS))
"""The months and weekdays, as opening words are stored."""


class Slot(NamedTuple):
    """A slot and the fact in it, as hashes; 0 means no name or no number."""

    context: int
    first: int
    """First word of the name."""
    last: int
    """Last word of the name."""
    number: int


class Opening(NamedTuple):
    """Words of headline and opening, as hashes."""

    headline: frozenset[int]
    facts: frozenset[int]
    """Names and numbers in the headline."""
    words: frozenset[int]
    """All words."""


class Subject(NamedTuple):
    """What an article reports, in stored form."""

    slots: tuple[int, ...]
    opening: tuple[int, ...]


class _Facts(NamedTuple):
    """Names and numbers of a text: the words as written, with the form in which they are compared."""

    names: Mapping[str, str]
    numbers: Mapping[str, str]


def extract_subject(headline: str | None, body: str) -> Subject:
    """Extract the slots of a body, and the words of headline and opening."""
    text = _plain(body)
    words = _split(text)
    facts = _find_facts(text, words)
    title = _split(_plain(headline).lower()) if headline else []
    return Subject(_sample(words, facts), _choose_opening(title, words[:OPENING_WORDS], facts))


def read_slots(stored: Iterable[int]) -> list[Slot]:
    """Return stored slots in their parts, without empty ones."""
    return [
        Slot(
            value >> CONTEXT_SHIFT,
            value >> 2 * VALUE_BITS & VALUES,
            value >> VALUE_BITS & VALUES,
            value & VALUES,
        )
        for value in stored
        if value
    ]


def read_opening(stored: Iterable[int]) -> Opening:
    """Return the stored words of headline and opening in their parts."""
    words = list(stored)
    return Opening(
        frozenset([word & WORD_MASK for word in words if word & OF_HEADLINE]),
        frozenset([word & WORD_MASK for word in words if word & OF_HEADLINE and word & IS_FACT]),
        frozenset([word & WORD_MASK for word in words]),
    )


def _plain(text: str) -> str:
    """Return the text in the form in which its words are compared, in its letter case."""
    return drop_marks(compose(text))


def _split(text: str) -> list[str]:
    return text.translate(ASCII).split() if text.isascii() else TOKEN.findall(text)


def _find_facts(text: str, words: list[str]) -> _Facts:
    """Return the names and numbers of a text."""
    distinct = set(words)
    numbers = {word: NUMBER_WORDS[word] for word in NUMBER_WORDS.keys() & distinct}
    capitalised: dict[str, str] = {}
    for word in distinct:
        # Most words begin with a small letter of ASCII, which one comparison of strings shows.
        if "a" <= word < "{":
            continue
        if word[0].isdigit():
            numbers[word] = word
        elif word[0].isupper():
            capitalised[word] = word.lower()
    if sum([word.isupper() and len(word) > 1 for word in capitalised]) > MOSTLY_CAPITALS * len(distinct):
        return _Facts({}, numbers)
    doubtful = [word for word, lower in capitalised.items() if lower in distinct]
    for word in doubtful:
        if not _follows_lower_case(text, word):
            del capitalised[word]
    return _Facts(capitalised, numbers)


def _follows_lower_case(text: str, word: str) -> bool:
    """Return whether a capitalised word follows a word in lower case somewhere, after one blank."""
    if word[0] not in CAPITALS or "_" in word:
        return False
    size = len(word)
    place = text.find(f" {word}", 1)
    while place >= 0:
        following = text[place + size + 1 : place + size + 2]
        if text[place - 1] in SMALL_LETTERS and not following.isalnum():
            return True
        place = text.find(f" {word}", place + 1)
    return False


def _sample(words: list[str], facts: _Facts) -> tuple[int, ...]:
    """Return the stored form of the slots with the smallest hashes.

    A slot that does not fit with all its facts is left out, so that no fact of a slot is missing.
    """
    runs = _find_runs(words, facts)
    if not runs:
        return ()
    around = ["", *words, ""]
    written = "\n".join(
        [f"{around[start][-NEIGHBOUR_CHARACTERS:]} {around[end + 1][:NEIGHBOUR_CHARACTERS]}" for start, end in runs]
    )
    slots: dict[int, list[tuple[int, int]]] = {}
    for context, run in zip(map(crc32, written.lower().encode().split(b"\n")), runs, strict=True):
        slots.setdefault(context, []).append(run)
    chosen: list[int] = []
    for context in sorted(slots):
        own = slots[context]
        if len(own) <= min(REPEATS, SLOTS - len(chosen)):
            low = (context & CONTEXT_MASK) << CONTEXT_SHIFT
            chosen.extend([low | _pack(words[start:end], facts) for start, end in own])
            if len(chosen) == SLOTS:
                break
    return tuple(chosen)


def _find_runs(words: list[str], facts: _Facts) -> list[tuple[int, int]]:
    """Return start and end of each run of names and numbers."""
    known = facts.names.keys() | facts.numbers.keys()
    places = [place for place, word in enumerate(words) if word in known]
    runs: list[tuple[int, int]] = []
    start = end = -1
    for place in places:
        if place != end:
            if start >= 0:
                runs.append((start, end))
            start = place
        end = place + 1
    if start >= 0:
        runs.append((start, end))
    return runs


def _pack(run: list[str], facts: _Facts) -> int:
    """Pack the name and the number of a run: a name is known by its first and last word, a number by all its digits."""
    if len(run) == 1:
        (word,) = run
        # Only a name begins with a capital, and a word of one kind is not of the other.
        name = facts.names.get(word)
        if name is None:
            return _hash_value(facts.numbers[word])
        return _hash_value(name) * (1 << 2 * VALUE_BITS | 1 << VALUE_BITS)
    names = [facts.names[word] for word in run if word in facts.names]
    number = "".join([facts.numbers[word] for word in run if word in facts.numbers])
    packed = _hash_value(number) if number else 0
    if names:
        packed |= _hash_value(names[0]) << 2 * VALUE_BITS | _hash_value(names[-1]) << VALUE_BITS
    return packed


def _choose_opening(title: list[str], opening: list[str], facts: _Facts) -> tuple[int, ...]:
    """Return the stored form of the words of headline and opening that say something about the subject."""
    names = set(facts.names.values())
    kept: dict[str, int] = {}
    for word in [*title, *map(str.lower, opening)]:
        is_fact = word in names or word in NUMBER_WORDS or word[0].isdigit()
        if is_fact or len(word) > SHORT_WORD:
            kept.setdefault(word, IS_FACT if is_fact else 0)
    headline = set(title)
    return tuple(
        [
            _hash_word(word) | flags | (OF_HEADLINE if word in headline else 0)
            for word, flags in list(kept.items())[:KEPT_WORDS]
        ]
    )


def _hash_value(text: str) -> int:
    """Return a hash of 1 to `VALUES`."""
    return crc32(text.encode()) % VALUES + 1
