"""Sentences read before: wire copy repeats itself.

What is kept of a sentence is what the encoder computed from its text alone, before the rest of the article has a say,
and it is read-only: a hit gives the same arrays that a miss computes, so that the cache cannot change a result. It
belongs to one encoder, whose weights never change.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

OVERHEAD: Final = 600
"""Bytes of an entry beside its arrays and its text: objects, the table's slot, the list's links."""

BYTES_PER_CHARACTER: Final = 4
"""Most that Python spends on one."""


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """What the encoder computed of one sentence.

    `tags` are probabilities (words, tags); `spans`, (pieces, inner), and `first`, (inner,), the halves of the sentiment
    head's inner layer.
    """

    tags: NDArray[np.float64]
    spans: NDArray[np.float32]
    first: NDArray[np.float32]

    def freeze(self) -> EncodedSentence:
        """Make the arrays read-only; whoever tries to change one gets a ValueError."""
        for array in (self.tags, self.spans, self.first):
            array.setflags(write=False)
        return self

    def own(self) -> EncodedSentence:
        """The same in arrays of its own: a view would keep alive all that was computed with it."""
        return EncodedSentence(self.tags.copy(), self.spans.copy(), self.first.copy()).freeze()

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        return self.tags.nbytes + self.spans.nbytes + self.first.nbytes


class SentenceCache:
    """The sentences used last, by their text, within a limit of bytes; 0 keeps none."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._entries: OrderedDict[str, EncodedSentence] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def used(self) -> int:
        """Bytes that are taken, as estimated."""
        return self._used

    def find(self, text: str) -> EncodedSentence | None:
        """What is known of a sentence."""
        seen = self._entries.get(text)
        if seen is not None:
            self._entries.move_to_end(text)
        return seen

    def add(self, text: str, seen: EncodedSentence) -> None:
        """Remember a sentence, and forget the ones used longest ago beyond the limit."""
        size = _estimate(text, seen)
        if size > self._limit or text in self._entries:
            return
        self._entries[text] = seen
        self._used += size
        while self._used > self._limit:
            forgotten = self._entries.popitem(last=False)
            self._used -= _estimate(*forgotten)


def _estimate(text: str, seen: EncodedSentence) -> int:
    return OVERHEAD + BYTES_PER_CHARACTER * len(text) + seen.size
