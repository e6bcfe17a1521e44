"""The ids that a shard has seen: 32 bytes or less an article, forgotten by the hour."""

from __future__ import annotations

import numpy as np

from services.enrichment.matching.chains import Chain, Keys
from services.enrichment.matching.hours import Hours
from services.enrichment.matching.keys import chain_key, unpack_key

SMALLEST = 1024
"""Rows to begin with; doubled when they are full."""

LAST_ROW = 2**32 - 1
"""Row numbers are kept in 32 bits; rows are numbered anew before they run out."""


class KnownIds:
    """A set of 128-bit keys that forgets by event time."""

    def __init__(self, kept_ms: int) -> None:
        self._hours = Hours(kept_ms)
        self._keys: Keys = np.zeros((SMALLEST, 2), dtype=np.uint64)
        self._chain = Chain(SMALLEST)
        self._next = 1

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._keys.nbytes + self._chain.nbytes

    def count(self, now_ms: int) -> int:
        """How many keys count at a time."""
        return self._next - self._hours.find_oldest(now_ms, self._next)

    def has(self, key: bytes, now_ms: int) -> bool:
        """Whether a key was added within the time that keys are kept."""
        rows = self._chain.walk(chain_key(key), self._hours.find_oldest(now_ms, self._next))
        return any(self._keys[row & self._mask].tobytes() == key for row in rows)

    def add(self, key: bytes, now_ms: int) -> None:
        """Add a key at a time that must not lie before the last one's."""
        self._hours.expire(now_ms)
        if self._next - self._hours.find_oldest(now_ms, self._next) > self._mask or self._next >= LAST_ROW:
            self._rebuild(now_ms)
        self._keys[self._next & self._mask] = unpack_key(key)
        self._chain.push(self._next, chain_key(key))
        self._hours.add(self._next, now_ms)
        self._next += 1

    @property
    def _mask(self) -> int:
        return len(self._keys) - 1

    def _rebuild(self, now_ms: int) -> None:
        oldest = self._hours.find_oldest(now_ms, self._next)
        kept = self._keys[np.arange(oldest, self._next) & self._mask]
        capacity = SMALLEST
        while capacity < 2 * len(kept):
            capacity *= 2
        self._keys = np.zeros((capacity, 2), dtype=np.uint64)
        self._keys[1 : len(kept) + 1] = kept
        self._chain = Chain(capacity)
        self._chain.fill(1, kept[:, 0])
        self._hours.renumber(oldest - 1)
        self._next = len(kept) + 1
