"""Word pieces of a sentence, as training and run time see them.

The pieces depend on the text alone and not on the definition of a word: the vocabulary's pre-tokeniser splits at
whitespace and at every punctuation mark. Words are spans over the pieces, and a word is read at its first piece.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

CLS_PIECE: Final = 101
SEP_PIECE: Final = 102
PAD_PIECE: Final = 0
MASK_PIECE: Final = 103

Span = tuple[int, int]

INTEGER: Final = np.int64
"""Integer type of the graph's inputs."""

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pieces:
    """One sentence as word pieces, without special pieces.

    `ids`, `casings`, `offsets` and `groups` have one item for each piece: its number in the vocabulary, its casing
    class, its span in code points of the sentence (half open), and the number of its pre-token. `words` are the words'
    spans in code points. `heads` has the index of each word's first piece, or -1 for a word without a piece (the
    vocabulary drops control characters).
    """

    ids: list[int]
    casings: list[int]
    offsets: list[Span]
    groups: list[int]
    words: list[Span]
    heads: list[int]

    @property
    def kept(self) -> Integers:
        """The heads of the words that have a piece."""
        return np.array([head for head in self.heads if head >= 0], INTEGER)


class Chunk(NamedTuple):
    """The text between two blanks, cut as if it were a whole sentence; empty between two blanks in a row.

    `kept` has the heads of the words that have a piece, `places` their spans, `texts` their text, and `ranges` the
    pieces that touch them. `ids`, `casings` and `kept` are numbers as bytes, because bytes join fastest: one byte for
    each casing, INTEGER for the others.
    """

    ids: bytes
    casings: bytes
    offsets: tuple[Span, ...]
    groups: tuple[int, ...]
    words: tuple[Span, ...]
    heads: tuple[int, ...]
    kept: bytes
    places: tuple[Span, ...]
    texts: tuple[str, ...]
    ranges: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """The sentences of several articles as one row of chunks.

    `owners` has the number of each word's chunk; `words` has the number of words before each chunk. `starts` and
    `firsts` are each chunk's beginning in its sentence, in code points and in pieces.
    """

    chunks: Sequence[Chunk]
    owners: Sequence[int]
    words: Sequence[int]
    starts: Sequence[int]
    firsts: Sequence[int]


class RunTimePieces:
    """One sentence as word pieces, for run time: the part of `Pieces` that every sentence needs, the rest on demand.

    `ids` and `casings` have one item for each piece. `texts` are the words that have a piece, and `kept` has the index
    of the first piece of each.
    """

    __slots__ = ("_row", "_word", "casings", "ids", "kept", "texts")

    def __init__(
        self, ids: Integers, casings: Bytes, kept: Integers, texts: Sequence[str], row: ChunkRow, word: int
    ) -> None:
        self.ids = ids
        self.casings = casings
        self.kept = kept
        self.texts = texts
        self._row = row
        self._word = word

    def locate(self, start: int, end: int) -> tuple[Span, Span]:
        """Return the span of the words `start` to `end` (half open) in code points, and in pieces that touch it."""
        row, first, last = self._row, self._word + start, self._word + end - 1
        opening, closing = row.owners[first], row.owners[last]
        head, tail = row.chunks[opening], row.chunks[closing]
        first -= row.words[opening]
        last -= row.words[closing]
        span = row.starts[opening] + head.places[first][0], row.starts[closing] + tail.places[last][1]
        return span, (row.firsts[opening] + head.ranges[first][0], row.firsts[closing] + tail.ranges[last][1])

    def find_pieces(self, start: int, end: int) -> Span:
        """Return the range of pieces that touch the code points `start` to `end`, half open, of the sentence."""
        if not self.texts:
            return 0, 0
        row = self._row
        bounds = row.owners[self._word], row.owners[self._word + len(self.texts) - 1] + 1
        opening, closing = (max(bisect_right(row.starts, place, *bounds) - 1, bounds[0]) for place in (start, end - 1))
        first = find_touching(row.chunks[opening].offsets, start - row.starts[opening], end - row.starts[opening])[0]
        last = find_touching(row.chunks[closing].offsets, start - row.starts[closing], end - row.starts[closing])[1]
        return row.firsts[opening] + first, row.firsts[closing] + last


def find_touching(offsets: Sequence[Span], start: int, end: int) -> Span:
    """Return the range of pieces that touch code points `start` to `end`; its end is not after its start if none do."""
    return bisect_right(offsets, start, key=itemgetter(1)), bisect_left(offsets, end, key=itemgetter(0))
