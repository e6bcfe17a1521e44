"""Records of one size in chunks: numbered from 1, added at one end, forgotten a chunk at a time at the other."""

from __future__ import annotations

from itertools import pairwise
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_BITS = 16
CHUNK_ROWS = 2**CHUNK_BITS
CHUNK_MASK = CHUNK_ROWS - 1
"""Rows of a chunk: ten megabytes of originals, of which the system gives the pages that are written to, so that memory
grows by the page and shrinks by the chunk, and nothing is ever moved. With a sixteenth of it, to gather the rows of one
segment of ten million originals took as long as all else that building it needs."""

LAST_ROW = 2**32 - 2 * CHUNK_ROWS
"""Tables keep row numbers in 32 bits; rows are numbered anew before they run out."""


def allocate(size: int) -> mmap:
    """So many bytes of zeros, which go back to the system the moment they are freed.

    From the common heap, what is freed between arrays that stay is a hole that the next, larger one does not fit.
    """
    return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)


class Rows:
    """Records of a numpy structured type, by row number."""

    def __init__(self, record: np.dtype[Any]) -> None:
        self.record = record
        self.size = int(record.itemsize)
        """Bytes of a record."""
        self.next = 1
        """The number of the next row."""
        self.chunks: list[mmap] = []
        self.first_chunk = 0
        """What the number of a row, shifted by CHUNK_BITS, begins with in the first chunk."""

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(map(len, self.chunks))

    def locate(self, row: int) -> tuple[mmap, int]:
        """The chunk and the offset in it of a row that is kept."""
        return self.chunks[(row >> CHUNK_BITS) - self.first_chunk], (row & CHUNK_MASK) * self.size

    def append(self) -> tuple[mmap, int]:
        """The same of a new row."""
        row = self.next
        if (row >> CHUNK_BITS) - self.first_chunk >= len(self.chunks):
            self.chunks.append(allocate(CHUNK_ROWS * self.size))
        self.next = row + 1
        return self.locate(row)

    def unshare(self) -> None:
        """Go on with copies of the chunks: what was frozen holds on to the ones before."""
        copies = [allocate(len(chunk)) for chunk in self.chunks]
        for copied, chunk in zip(copies, self.chunks, strict=True):
            copied[:] = chunk[:]
        self.chunks = copies

    def forget(self, oldest: int) -> None:
        """Free the chunks in which no row from `oldest` on lies."""
        passed = (oldest >> CHUNK_BITS) - self.first_chunk
        if passed > 0:
            del self.chunks[:passed]
            self.first_chunk += passed

    def renumber(self, oldest: int) -> int:
        """Number the rows from `oldest` on anew, as low as their places in the chunks allow; returns what was taken
        from each number."""
        self.forget(oldest)
        offset = self.first_chunk << CHUNK_BITS
        self.first_chunk = 0
        self.next -= offset
        return offset

    def gather(self, rows: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """The first `size` bytes of the records of rows in ascending order, a line each, copied."""
        part = np.dtype((np.void, size))
        found = np.empty(len(rows), part)
        cuts = np.searchsorted(rows >> CHUNK_BITS, np.arange(len(self.chunks) + 1) + self.first_chunk).tolist()
        for chunk, (begin, end) in zip(self.chunks, pairwise(cuts), strict=True):
            if begin < end:
                records = np.ndarray(CHUNK_ROWS, part, chunk, strides=(self.size,))
                found[begin:end] = records[rows[begin:end] & CHUNK_MASK]
        return found.view(np.uint8).reshape(len(rows), size)

    def read_from(self, oldest: int) -> list[NDArray[np.uint8]]:
        """The records from a row on, in blocks of a line of bytes each, at least one block."""
        blocks = [np.empty((0, self.size), np.uint8)]
        row = oldest
        while row < self.next:
            begin = row & CHUNK_MASK
            end = min(CHUNK_ROWS, begin + self.next - row)
            blocks.append(self._view(row)[begin:end])
            row += end - begin
        return blocks

    def extend(self, packed: NDArray[np.uint8]) -> None:
        """Append many, each a line of bytes."""
        at = 0
        while at < len(packed):
            self.append()
            begin = self.next - 1 & CHUNK_MASK
            count = min(CHUNK_ROWS - begin, len(packed) - at)
            self._view(self.next - 1)[begin : begin + count] = packed[at : at + count]
            self.next += count - 1
            at += count

    def _view(self, row: int) -> NDArray[np.uint8]:
        """All lines of a row's chunk."""
        return np.frombuffer(self.locate(row)[0], np.uint8).reshape(CHUNK_ROWS, self.size)
