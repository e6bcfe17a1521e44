"""A cache of encoded sentences, because wire copy repeats sentences.

An entry has the arrays that the encoder computes from the sentence's text alone, before the rest of the article
influences them. The arrays are read-only, and a hit returns the same arrays that a miss computes, so that the cache
cannot change a result. A cache belongs to one encoder, whose weights never change.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

OVERHEAD: Final = 600
"""Bytes of an entry besides its arrays and its text: objects, the slot of the table, the links of the list."""

BYTES_PER_CHARACTER: Final = 4
"""Maximum number of bytes that Python needs for one character."""


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """The arrays that the encoder computed from one sentence.

    `tags` are probabilities (words, tags). `spans` (pieces, inner) and `first` (inner,) are the two halves of the
    sentiment head's inner layer.
    """

    tags: NDArray[np.float64]
    spans: NDArray[np.float32]
    first: NDArray[np.float32]

    def make_read_only(self) -> EncodedSentence:
        """Make the arrays read-only: an attempt to change one raises ValueError."""
        for array in (self.tags, self.spans, self.first):
            array.setflags(write=False)
        return self

    def copy(self) -> EncodedSentence:
        """Return a copy; the original may be a view that holds the arrays of a whole batch in memory."""
        return EncodedSentence(self.tags.copy(), self.spans.copy(), self.first.copy()).make_read_only()

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        return self.tags.nbytes + self.spans.nbytes + self.first.nbytes


class SentenceCache:
    """A cache of the sentences used last, by their text, with a limit in bytes; with 0 it stays empty."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._entries: OrderedDict[str, EncodedSentence] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def used(self) -> int:
        """Estimated bytes in use."""
        return self._used

    def find(self, text: str) -> EncodedSentence | None:
        """Return the arrays of a sentence; None when it is not cached."""
        sentence = self._entries.get(text)
        if sentence is not None:
            self._entries.move_to_end(text)
        return sentence

    def add(self, text: str, sentence: EncodedSentence) -> None:
        """Add a sentence, and remove the ones used longest ago until the limit holds."""
        size = _estimate_bytes(text, sentence)
        if size > self._limit or text in self._entries:
            return
        self._entries[text] = sentence
        self._used += size
        while self._used > self._limit:
            removed = self._entries.popitem(last=False)
            self._used -= _estimate_bytes(*removed)


def _estimate_bytes(text: str, sentence: EncodedSentence) -> int:
    return OVERHEAD + BYTES_PER_CHARACTER * len(text) + sentence.size
