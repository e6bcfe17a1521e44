"""Records of one size in chunks: numbered from 1, added at one end, forgotten chunk by chunk at the other."""

from __future__ import annotations

from itertools import pairwise
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_BITS = 16
CHUNK_ROWS = 2**CHUNK_BITS
"""Number of rows of a chunk: twenty megabytes of originals. The system allocates only the pages that are written to, so
that memory grows by the page and shrinks by the chunk, and no record is ever moved. Much smaller chunks would make
reading the rows of one segment of a large key table as slow as all other steps of building that segment."""
CHUNK_MASK = CHUNK_ROWS - 1

LAST_ROW = 2**32 - 2 * CHUNK_ROWS
"""Row number from which rows are numbered again from the beginning: tables store row numbers in 32 bits."""


def allocate(size: int) -> mmap:
    """Return `size` bytes of zeros, which go back to the system as soon as they are freed.

    On the common heap, a freed array leaves a hole between arrays that stay, and the next, larger array does not fit.
    """
    return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)


class Rows:
    """Records of a numpy structured type, addressed by row number."""

    def __init__(self, record: np.dtype[Any]) -> None:
        self.record = record
        self.size = int(record.itemsize)
        """Bytes of a record."""
        self.next = 1
        """Number of the next row."""
        self.chunks: list[mmap] = []
        self.first_chunk = 0
        """Number of the first stored chunk: its rows' numbers shifted right by CHUNK_BITS."""

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(map(len, self.chunks))

    def locate(self, row: int) -> tuple[mmap, int]:
        """Return the chunk of a stored row and the offset of its record in the chunk."""
        return self.chunks[(row >> CHUNK_BITS) - self.first_chunk], (row & CHUNK_MASK) * self.size

    def append(self) -> tuple[mmap, int]:
        """Add a row of zeros; return its chunk and the offset of its record in the chunk."""
        row = self.next
        if (row >> CHUNK_BITS) - self.first_chunk >= len(self.chunks):
            self.chunks.append(allocate(CHUNK_ROWS * self.size))
        self.next = row + 1
        return self.locate(row)

    def copy_chunks(self) -> None:
        """Replace the chunks by copies, so that a snapshot that refers to the old ones does not see later changes."""
        copies = [allocate(len(chunk)) for chunk in self.chunks]
        for copied, chunk in zip(copies, self.chunks, strict=True):
            copied[:] = chunk[:]
        self.chunks = copies

    def forget(self, oldest: int) -> None:
        """Free the chunks that have only rows before `oldest`."""
        passed = (oldest >> CHUNK_BITS) - self.first_chunk
        if passed > 0:
            del self.chunks[:passed]
            self.first_chunk += passed

    def renumber(self, oldest: int) -> int:
        """Give the rows from `oldest` on the lowest numbers that their places in the chunks allow.

        Returns the offset that was subtracted from each number.
        """
        self.forget(oldest)
        offset = self.first_chunk << CHUNK_BITS
        self.first_chunk = 0
        self.next -= offset
        return offset

    def read_prefixes(self, rows: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """Copy the first `size` bytes of the records of some rows, one line each; rows must be in ascending order."""
        part = np.dtype((np.void, size))
        found = np.empty(len(rows), part)
        cuts = np.searchsorted(rows >> CHUNK_BITS, np.arange(len(self.chunks) + 1) + self.first_chunk).tolist()
        for chunk, (begin, end) in zip(self.chunks, pairwise(cuts), strict=True):
            if begin < end:
                records = np.ndarray(CHUNK_ROWS, part, chunk, strides=(self.size,))
                found[begin:end] = records[rows[begin:end] & CHUNK_MASK]
        return found.view(np.uint8).reshape(len(rows), size)

    def read_from(self, oldest: int) -> list[NDArray[np.uint8]]:
        """Return views of the records from a row on: at least one block, with one line of bytes for each record."""
        blocks = [np.empty((0, self.size), np.uint8)]
        row = oldest
        while row < self.next:
            begin = row & CHUNK_MASK
            end = min(CHUNK_ROWS, begin + self.next - row)
            blocks.append(self._view(row)[begin:end])
            row += end - begin
        return blocks

    def extend(self, packed: NDArray[np.uint8]) -> None:
        """Append many records, one line of bytes each."""
        at = 0
        while at < len(packed):
            self.append()
            begin = self.next - 1 & CHUNK_MASK
            count = min(CHUNK_ROWS - begin, len(packed) - at)
            self._view(self.next - 1)[begin : begin + count] = packed[at : at + count]
            self.next += count - 1
            at += count

    def _view(self, row: int) -> NDArray[np.uint8]:
        """Return a view of all records of a row's chunk, one line each."""
        return np.frombuffer(self.locate(row)[0], np.uint8).reshape(CHUNK_ROWS, self.size)
