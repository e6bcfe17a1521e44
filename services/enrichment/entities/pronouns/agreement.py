"""Agreement: what an article says itself about the gender of a person and about the nouns that describe an entity.

There is no table of first names: a name's gender is what titles, kinship and the article's own pronouns show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from services.contracts.text.names import TITLES
from services.enrichment.encoder import EntityType
from services.enrichment.entities.names.surfaces import LINKING_WORDS
from services.enrichment.entities.tags.possessives import FUNCTION_WORDS, PAST_FORMS

Gender = Literal["he", "she"]

GENDERED: Final[Mapping[str, Gender]] = {
    **dict.fromkeys(
        """mr sir lord king prince emperor baron man boy husband father son brother uncle nephew grandfather grandson
        widower gentleman fiance actor""".split(),
        "he",
    ),
    **dict.fromkeys(
        """mrs ms miss lady dame queen princess empress baroness duchess woman girl wife mother daughter sister aunt
        niece grandmother granddaughter widow fiancee actress""".split(),
        "she",
    ),
}
"""Titles and nouns that are said of one gender, in lower case and without a full stop."""

GENERIC: Final[Mapping[str, EntityType]] = {
    **dict.fromkeys("company firm group business organisation organization team club side".split(), "ORG"),
    **dict.fromkeys("country nation city town village region province island".split(), "LOC"),
    **dict.fromkeys("man woman".split(), "PER"),
}
"""Nouns that describe any entity of a type, without an introduction such as "Corvane, a software company"."""

LONGEST_CONTEXT: Final = 100
"""Characters beside a mention that are read for its description."""

_STOP = "|".join(sorted(FUNCTION_WORDS | PAST_FORMS))
_NOUN_PHRASE = rf"(?!(?:{_STOP})\b)(?:[\w’'-]+\ ){{0,4}}?([a-z][a-z-]+)(?=[,.;:)]|$|\ (?:{_STOP})\b)"
_APPOSITION = re.compile(rf",\ (?:(?:aged\ )?\d+,\ )?(?:(?:an?|the|its|their|his|her|our|one)\ )?{_NOUN_PHRASE}")
_COPULA = re.compile(rf"\ (?:is|was|became|remains)\ (?:an?|the)\ {_NOUN_PHRASE}")
_WORD = re.compile(r"[A-Za-z][\w-]*$")
_GENDERED_ENDING = re.compile(r"[a-z]+?(wo)?man")


@dataclass(slots=True)
class Profile:
    """What an article says about one entity: `heads` are the nouns that describe it, in lower case."""

    type: EntityType
    heads: set[str] = field(default_factory=set)
    gender: Gender | None = None

    def add_mention(self, sentence: str, start: int, end: int) -> None:
        """Read a mention, at code points `start` to `end` of its sentence, with the words around it."""
        before = _read_word(sentence[max(0, start - LONGEST_CONTEXT) : start])
        words = [before] if before else []
        surface = sentence[start:end].split()
        if self.type == "PER":
            words += [word for word in surface[:-1] if word.lower().strip(".") in TITLES]
        else:
            words += _find_head(surface)
        for pattern in (_APPOSITION, _COPULA):
            match = pattern.match(sentence, end, end + LONGEST_CONTEXT)
            if match:
                words.append(match[1])
        self.heads.update(word.lower().strip(".") for word in words)
        if self.type == "PER" and self.gender is None:
            self.gender = next(filter(None, map(find_gender, words)), None)


def _read_word(before: str) -> str | None:
    """Return the word that ends a text before one blank, without its full stop; None without one."""
    if not before.endswith(" "):
        return None
    last = before[:-1].rpartition(" ")[2].removesuffix(".")
    if last.isascii() and last.isalpha():
        return last
    match = _WORD.search(last)
    return match[0] if match else None


def find_gender(word: str) -> Gender | None:
    """Return the gender of whoever a title or a noun is said of; None if it is said of all."""
    known = GENDERED.get(word.lower().strip("."))
    match = None if known else _GENDERED_ENDING.fullmatch(word)
    if match:
        return "she" if match[1] else "he"
    return known


def _find_head(words: list[str]) -> Iterable[str]:
    """Return the noun of a name that says what it names: Bank of Brisal, Norwell Bank."""
    linking = next((place for place, word in enumerate(words) if place and word.lower() in LINKING_WORDS), len(words))
    return words[linking - 1 : linking]
