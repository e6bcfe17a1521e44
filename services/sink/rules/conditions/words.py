"""Words of a text, and the search for phrases among them.

A word is found whole and in any case. In scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer,
Burmese) each syllable or character counts as a word, so that a phrase is also found inside a longer run of letters, but
not from the middle of a syllable. Each mark of punctuation is a word too: `C++` is found in `C++ 26` and not in `C 26`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from services.contracts.text.folding import fold_case
from services.contracts.text.scripts import MARKS, UNSPACED

Words = tuple[str, ...]

FEW: Final = 30
"""Maximum number of strings that are searched for in a text before its words are cut. More searches take longer than
the cutting."""

_BEFORE = "\u0e40-\u0e44\u0ec0-\u0ec4"
"""Vowels of Thai and Lao that are written before the consonant of their syllable."""
_AFTER = "\u0e30\u0e32\u0e45\u0eb0\u0eb2\u0ebd"
"""Vowels of Thai and Lao that are written after it and are letters to Unicode, not marks."""
_KANA = "\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff"
_SMALL_KANA = "ぁぃぅぇぉゃゅょゎゝゞァィゥェォャュョヮヽヾー\u31f0-\u31ff"
"""Kana that change the syllable of the kana before them, and the signs that repeat or lengthen it."""
_STACKERS = "\u1039\u17d2"
"""Signs of Burmese and Khmer that put the next consonant below the one before."""
_FINAL = "[\u1000-\u1021](?=\u1037?\u103a)"
"""A Burmese consonant that ends a syllable, by the sign on it."""

_SYLLABLE = (
    rf"[{_KANA}][{_SMALL_KANA}{MARKS}]*+"
    rf"|[{_BEFORE}]?[{UNSPACED}](?:[{MARKS}{_AFTER}]|(?<=[{_STACKERS}])[{UNSPACED}]|{_FINAL})*+"
)
_SPACED_WORD = rf"(?:[^\W{UNSPACED}]++[{MARKS}]*+)++"

_SPACED = re.compile(rf"[\w{MARKS}]+|[^\w\s]")
_MIXED = re.compile(rf"{_SPACED_WORD}|{_SYLLABLE}|[^\w\s]")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_LATIN_WORDS = bytes(code for code in range(256) if re.match(r"[\w\s]", chr(code)))
"""All characters of Latin-1 that are part of a word or blank."""


class Text:
    """A text with folded case, and its words, which are cut when they are first needed."""

    def __init__(self, text: str) -> None:
        self.folded = fold_case(text)
        self._searches = 0

    def may_have(self, samples: Sequence[str]) -> bool:
        """Return False if none of some strings is in the text, and True if one is or if that is not worth a search."""
        self._searches += len(samples)
        return self._searches > FEW or any(sample in self.folded for sample in samples)

    @cached_property
    def words(self) -> list[str]:
        """The words in their order, and the marks of punctuation."""
        try:
            latin = self.folded.encode("latin-1")
        except UnicodeEncodeError:
            pattern = _MIXED if _HAS_UNSPACED.search(self.folded) else _SPACED
            return pattern.findall(self.folded)
        return _split_latin(self.folded, latin)

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The words without repetition."""
        return frozenset(self.words)


class PhraseFinder:
    """Search for many phrases at once, in one pass over the words of a text.

    The time depends on the length of the text, to which it is proportional for every text, and hardly on the number of
    phrases. Source: A. Aho and M. Corasick, Efficient string matching, 1975; here the letters are words.
    """

    def __init__(self, phrases: Iterable[Words]) -> None:
        distinct = set(phrases)
        self._samples = tuple({max(phrase, key=_measure) for phrase in distinct})
        self._single = frozenset(phrase[0] for phrase in distinct if len(phrase) == 1 and _measure(phrase[0]))
        longer = sorted(phrase for phrase in distinct if phrase[0] not in self._single)
        self._rarest = frozenset(max(phrase, key=_measure) for phrase in longer)
        self._needs_scan = not all(map(_measure, self._rarest))
        self._children: list[dict[str, int]] = [{}]
        self._is_end = [False]
        for phrase in longer:
            self._add(phrase)
        self._fallback = self._link()

    def is_in(self, text: Text) -> bool:
        """Return whether at least one of the phrases is in the text."""
        if not text.may_have(self._samples):
            return False
        if not self._single.isdisjoint(text.distinct):
            return True
        return (self._needs_scan or not self._rarest.isdisjoint(text.distinct)) and self._scan(text.words)

    def _add(self, phrase: Words) -> None:
        node = 0
        for word in phrase:
            children = self._children[node]
            if word not in children:
                children[word] = len(self._children)
                self._children.append({})
                self._is_end.append(False)
            node = children[word]
        self._is_end[node] = True

    def _link(self) -> list[int]:
        """Return for each node the node of the longest end of its words with which a phrase begins."""
        fallback = [0] * len(self._children)
        waiting = deque(self._children[0].values())
        while waiting:
            node = waiting.popleft()
            for word, child in self._children[node].items():
                shorter = fallback[node]
                while shorter and word not in self._children[shorter]:
                    shorter = fallback[shorter]
                fallback[child] = self._children[shorter].get(word, 0)
                self._is_end[child] = self._is_end[child] or self._is_end[fallback[child]]
                waiting.append(child)
        return fallback

    def _scan(self, words: list[str]) -> bool:
        children, fallback, is_end = self._children, self._fallback, self._is_end
        node = 0
        for word in words:
            following = children[node].get(word)
            while following is None and node:
                node = fallback[node]
                following = children[node].get(word)
            node = following or 0
            if is_end[node]:
                return True
        return False


def split_words(text: str) -> Words:
    """Return the words of a phrase as a text has them."""
    return tuple(Text(text).words)


def _split_latin(text: str, latin: bytes) -> list[str]:
    """Return what `_SPACED` finds, several times as fast: put blanks around each mark, and split at blanks."""
    for mark in set(latin.translate(None, _LATIN_WORDS).decode("latin-1")):
        text = text.replace(mark, f" {mark} ")
    return text.split()


def _measure(word: str) -> int:
    """Return the length of a word, and 0 for a mark or a symbol. The longest word is often the rarest."""
    return len(word) if any(map(str.isalnum, word)) else 0
