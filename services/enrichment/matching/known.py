"""The ids that a shard has seen: 32 bytes or less an article, forgotten by the hour."""

from __future__ import annotations

import numpy as np

from services.enrichment.matching.chains import Chains, Keys
from services.enrichment.matching.hours import Hours
from services.enrichment.matching.keys import unpack_key

SMALLEST = 1024
"""Rows to begin with; doubled when they are full."""

ALWAYS = np.ones(1, dtype=np.bool_)


class KnownIds:
    """A set of 128-bit keys that forgets by event time."""

    def __init__(self, kept_ms: int) -> None:
        self._hours = Hours(kept_ms)
        self._keys: Keys = np.zeros((SMALLEST, 2), dtype=np.uint64)
        self._chains = Chains(1, SMALLEST)
        self._next = 1

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._keys.nbytes + self._chains.nbytes

    def count(self, now_ms: int) -> int:
        """How many keys count at a time."""
        return self._next - self._hours.find_oldest(now_ms, self._next)

    def has(self, key: bytes, now_ms: int) -> bool:
        """Whether a key was added within the time that keys are kept."""
        pair = unpack_key(key)
        rows, _ = self._chains.walk(pair[:1], self._hours.find_oldest(now_ms, self._next))
        return bool(rows.size) and bool((self._keys[rows & (len(self._keys) - 1)] == pair).all(axis=1).any())

    def add(self, key: bytes, now_ms: int) -> None:
        """Add a key at a time that must not lie before the last one's."""
        self._hours.expire(now_ms)
        if self._next - self._hours.find_oldest(now_ms, self._next) >= len(self._keys) or self._next >= 2**32 - 1:
            self._rebuild(now_ms)
        pair = unpack_key(key)
        self._keys[self._next & (len(self._keys) - 1)] = pair
        self._chains.push(self._next, pair[:1], ALWAYS)
        self._hours.add(self._next, now_ms)
        self._next += 1

    def _rebuild(self, now_ms: int) -> None:
        oldest = self._hours.find_oldest(now_ms, self._next)
        kept = self._keys[np.arange(oldest, self._next) & (len(self._keys) - 1)]
        capacity = SMALLEST
        while capacity < 2 * len(kept):
            capacity *= 2
        self._keys = np.zeros((capacity, 2), dtype=np.uint64)
        self._keys[1 : len(kept) + 1] = kept
        self._chains = Chains(1, capacity)
        self._chains.fill(1, kept[:, :1], np.ones((len(kept), 1), dtype=np.bool_))
        self._hours.renumber(oldest - 1)
        self._next = len(kept) + 1
