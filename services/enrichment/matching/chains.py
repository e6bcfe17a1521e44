"""Hash chains over numbered rows: a table of the newest row of each chain, and each row naming the one before.

As in LZ77 compressors: a row is pushed in front of its chains and never taken out. Row numbers fall along a chain, so
the first row too old to count ends it, and a million rows are forgotten by the change of one number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Keys = NDArray[np.uint64]
Flags = NDArray[np.bool_]

FIBONACCI = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: multiplying by it spreads any keys over the high bits (Knuth, TAOCP 6.4)."""


MASK_64 = 2**64 - 1


class Chain:
    """One chain a row, of one 64-bit key; `capacity` rows, a power of two from 2 upwards. Rows as in `Chains`."""

    def __init__(self, capacity: int) -> None:
        self._mask = capacity - 1
        self._shift = 64 - (capacity.bit_length() - 1)
        self._heads = np.zeros(capacity, dtype=np.uint32)
        self._previous = np.zeros(capacity, dtype=np.uint32)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._heads.nbytes + self._previous.nbytes

    def walk(self, key: int, oldest: int) -> list[int]:
        """All rows from `oldest` on in the key's chain, the newest first; whoever asks compares the keys."""
        rows: list[int] = []
        row = int(self._heads[self._slot(key)])
        while row >= oldest:
            rows.append(row)
            row = int(self._previous[row & self._mask])
        return rows

    def push(self, row: int, key: int) -> None:
        """Put a row in front of its chain."""
        slot = self._slot(key)
        self._previous[row & self._mask] = self._heads[slot]
        self._heads[slot] = row

    def fill(self, first_row: int, keys: Keys) -> None:
        """Push consecutive rows, at most as many as the capacity, into an empty chain."""
        slots = ((keys * FIBONACCI) >> np.uint64(self._shift)).astype(np.int64)
        rows = np.arange(first_row, first_row + len(keys), dtype=np.int64)
        members, before, heads, newest = _link(slots, rows)
        self._previous[members & self._mask] = before
        self._heads[heads] = newest

    def _slot(self, key: int) -> int:
        return ((key * int(FIBONACCI)) & MASK_64) >> self._shift


class Chains:
    """`width` chains a row, one for each of its keys; `capacity` rows, a power of two from 2 upwards.

    The caller numbers the rows from 1 upwards; 0 ends a chain. Row n lies in place n modulo capacity.
    """

    def __init__(self, width: int, capacity: int) -> None:
        self._width = width
        self._mask = capacity - 1
        self._shift = np.uint64(64 - (capacity.bit_length() - 1))
        self._heads = np.zeros(width * capacity, dtype=np.uint32)
        self._previous = np.zeros(capacity * width, dtype=np.uint32)
        self._offsets = np.arange(width, dtype=np.int64) * capacity

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._heads.nbytes + self._previous.nbytes

    def walk(self, keys: Keys, oldest: int) -> tuple[Rows, NDArray[np.intp]]:
        """All rows from `oldest` on in the chains of the keys, and in which chain each was met.

        Chains are shared by keys of one hash: whoever asks compares the keys.
        """
        rows = self._heads.take(self._offsets + self._slots(keys)).astype(np.int64)
        columns = (rows >= oldest).nonzero()[0]
        rows = rows[columns]
        met_rows, met_columns = [rows], [columns]
        while rows.size:
            rows = self._previous.take((rows & self._mask) * self._width + columns).astype(np.int64)
            alive = (rows >= oldest).nonzero()[0]
            rows, columns = rows[alive], columns[alive]
            met_rows.append(rows)
            met_columns.append(columns)
        return np.concatenate(met_rows), np.concatenate(met_columns)

    def push(self, row: int, keys: Keys, used: Flags) -> None:
        """Put a row in front of those of its chains that are `used`."""
        heads = (self._offsets + self._slots(keys))[used]
        places = (row & self._mask) * self._width + used.nonzero()[0]
        self._previous[places] = self._heads[heads]
        self._heads[heads] = row

    def fill(self, first_row: int, keys: Keys, used: Flags) -> None:
        """Push consecutive rows into empty chains: `keys` and `used` have a line for each row."""
        rows = np.arange(first_row, first_row + len(keys), dtype=np.int64)
        for column in range(self._width):
            chosen = used[:, column].nonzero()[0]
            members, before, heads, newest = _link(self._slots(keys[chosen, column]), rows[chosen])
            self._previous[(members & self._mask) * self._width + column] = before
            self._heads[self._offsets[column] + heads] = newest

    def _slots(self, keys: Keys) -> Rows:
        return ((keys * FIBONACCI) >> self._shift).astype(np.int64)


def _link(slots: Rows, rows: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """Rows in the order of their slots, the row before each in its slot, and each slot with its newest row."""
    order = np.argsort(slots, kind="stable")
    slots, members = slots[order], rows[order]
    same = slots[1:] == slots[:-1]
    before = np.concatenate([[0], np.where(same, members[:-1], 0)])[: len(members)]
    last = np.append(~same, True)[: len(members)]
    return members, before, slots[last], members[last]
