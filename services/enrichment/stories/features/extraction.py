"""Extraction of an article's features: its distinctive words with weights and roles, and its dates and numbers."""

from __future__ import annotations

import base64
from collections import Counter
from struct import Struct
from typing import Final
from zlib import crc32

from services.contracts.event.story_features import StoryFeatures
from services.contracts.times.month_names import find_month
from services.enrichment.stories.features.rarity import measure_by_length, measure_english
from services.enrichment.stories.features.tokens import PAIR, Token, split_tokens

TERM: Final = Struct("<IHHB")
"""Hash, weight, rarity and roles of a term."""
NAME, LEAD, LEADING_NAME = 1, 2, 4
"""Roles of a term: a name; a word of the lead; a name with which the article opens."""

TERMS: Final = 80
"""Largest number of terms of an article. The rest of a long article repeats them or is background."""
FACTS: Final = 32
"""Largest number of facts of an article."""
LEAD_TOKENS: Final = 60
"""Tokens of headline and opening, which say what the article reports."""
OPENING_TOKENS: Final = 45
"""Tokens in which a name counts as one with which the article opens."""
LEAD_FACTOR: Final = 3, 2
"""Factor of the weight of a word of the lead, as a fraction."""
COMMON: Final = 200
"""Rarity up to which a word says nothing about the story: more than one in eight articles has it."""
CERTAIN_NAME: Final = 400
"""Rarity from which a capitalised word that only opens sentences is taken for a name."""
FACT_CONTEXT: Final = 150
"""Smallest rarity of a word that gives a number its meaning, such as "magnitude"."""
GROWTH: Final = (0, 100, 169, 210, 239, 261, 279, 295, 308)
"""100 * (1 + ln n): how often a word occurs matters less and less. The last value is for all higher numbers."""
LARGEST: Final = 0xFFFF
MAX_DAY: Final = 31
YEAR_DIGITS: Final = 4
CENTURIES: Final = ("19", "20")


def extract_features(headline: str | None, body: str, language: str) -> StoryFeatures:
    """Return the features of an article.

    Args:
        headline: The headline, if the article has one.
        body: The text.
        language: Language code (BCP 47), which decides how rare a word is.
    """
    tokens = list(split_tokens(f"{headline}\n{body}" if headline else body))
    terms = _Terms(tokens, is_english=language.split("-", 1)[0].lower() == "en")
    ranked = terms.rank()
    return StoryFeatures(
        words=" ".join(terms.written[stem] for _, stem in ranked),
        terms=base64.b64encode(b"".join(terms.pack(stem, weight) for weight, stem in ranked)).decode(),
        facts=tuple(find_facts(tokens, terms.rarity)[:FACTS]),
    )


def hash_term(text: str) -> int:
    """Return the 32-bit hash of a term or fact (CRC-32). Two of the words of one article almost never share it."""
    return crc32(text.encode("utf-8", "surrogatepass"))


class _Terms:
    """The distinct words of an article: how often, where and how each is written."""

    def __init__(self, tokens: list[Token], *, is_english: bool) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, int] = {}
        self.written: dict[str, str] = {}
        self.rarity: dict[str, int] = {}
        self._names: set[str] = set()
        self._openers: set[str] = set()
        self._lower: set[str] = set()
        for place, token in enumerate(tokens):
            if not token.is_number:
                self._add(place, token, is_english=is_english)

    def rank(self) -> list[tuple[int, str]]:
        """Return weight and stem of the most distinctive words, the heaviest first."""
        weighted = [(self._weigh(stem), stem) for stem, rarity in self.rarity.items() if rarity >= COMMON]
        return sorted(weighted, key=lambda each: (-each[0], each[1]))[:TERMS]

    def pack(self, stem: str, weight: int) -> bytes:
        """Return the bytes of a term."""
        roles = 0
        if self._is_name(stem):
            roles = NAME | (LEADING_NAME if self.first[stem] < OPENING_TOKENS else 0)
        if self.first[stem] < LEAD_TOKENS:
            roles |= LEAD
        return TERM.pack(hash_term(stem), weight, self.rarity[stem], roles)

    def _add(self, place: int, token: Token, *, is_english: bool) -> None:
        stem, is_capitalised = token.stem, token.text[0].isupper()
        self.counts[stem] += 1
        if stem not in self.first:
            self.first[stem], self.written[stem] = place, token.text
            is_inner = is_capitalised and not token.opens_sentence
            is_pair = len(token.text) == PAIR and token.text[0] > "\u0e00"
            self.rarity[stem] = (
                measure_english(stem)
                if is_english
                else measure_by_length(stem, is_capitalised=is_inner, is_pair=is_pair)
            )
        if not is_capitalised:
            self._lower.add(stem)
        elif token.opens_sentence:
            self._openers.add(stem)
        else:
            self._names.add(stem)

    def _is_name(self, stem: str) -> bool:
        if stem in self._lower or len(stem) == 1:
            return False
        return stem in self._names or (stem in self._openers and self.rarity[stem] > CERTAIN_NAME)

    def _weigh(self, stem: str) -> int:
        weight = GROWTH[min(self.counts[stem], len(GROWTH) - 1)] * self.rarity[stem] // 100
        if self.first[stem] < LEAD_TOKENS:
            weight = weight * LEAD_FACTOR[0] // LEAD_FACTOR[1]
        return min(weight, LARGEST)


def find_facts(tokens: list[Token], rarity: dict[str, int]) -> list[str]:
    """Return the distinct dates, years and numbers of a text, and each number with the word next to it, in order."""
    facts: dict[str, None] = {}
    for place, token in enumerate(tokens):
        if not token.is_number:
            continue
        digits = token.stem
        if len(digits) == YEAR_DIGITS and digits[:2] in CENTURIES:
            facts[f"year {digits}"] = None
        elif len(digits) > 1:
            facts[f"number {digits}"] = None
        for neighbour in tokens[max(0, place - 1) : place + 2]:
            if neighbour.is_number:
                continue
            month = find_month(neighbour.text.lower())
            if month is not None and digits.isdecimal() and 0 < int(digits[:3]) <= MAX_DAY:
                facts[f"date {month}-{int(digits[:3])}"] = None
            elif month is None and rarity.get(neighbour.stem, 0) > FACT_CONTEXT:
                facts[f"slot {neighbour.text} {digits}"] = None
    return list(facts)
