"""Table of keys: an exact multimap with a limit per key, for any size and history."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest

from services.enrichment.matching.memory.keytable import KeyTable
from services.enrichment.matching.memory.segments import RowKeys, RowNumbers

LIMIT = 4
LARGEST = 1_000
"""Size so small that the test needs two segments."""


class Model:
    """Plain dict that predicts what the table must find."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._keys: dict[int, tuple[int, ...]] = {}
        self._rows: defaultdict[int, list[int]] = defaultdict(list)
        self.limit_hits = 0
        self.table = KeyTable(
            limit=LIMIT,
            keys_of=self._keys_of,
            has_key=lambda row, key: key in self._keys.get(row, ()),
            largest=LARGEST,
        )

    def _keys_of(self, rows: RowNumbers) -> RowKeys:
        lines = [(*self._keys[row], *(0,) * (self._width - len(self._keys[row]))) for row in rows.tolist()]
        return np.array(lines, np.uint32).reshape(-1, self._width)

    def add(self, row: int, keys: tuple[int, ...], oldest: int) -> None:
        self._keys[row] = keys
        for key in keys:
            self.limit_hits += sum(one >= oldest for one in self._rows[key]) >= LIMIT
            self._rows[key].append(row)
        self.table.add(keys, row, oldest)

    def check(self, key: int, oldest: int) -> None:
        """Check that the table finds the unexpired rows of the key, or none if too many rows have it."""
        alive = {row for row in self._rows[key] if row >= oldest}
        assert self.table.find((key,), oldest) == (alive if len(alive) < LIMIT else set())


@pytest.mark.slow
@pytest.mark.parametrize("spread", [2**32, 2**14, 300])
def test_the_table_agrees_with_a_dict(spread: int) -> None:
    """After growth, expiry and crowded keys, the table finds the same rows as a dict, for sparse and dense keys."""
    rng = random.Random(spread)
    scale = 2**32 // spread
    model = Model(6)
    oldest = 1
    for row in range(1, 6_000):
        keys = tuple({rng.randrange(spread) * scale + 1 for _ in range(rng.randrange(1, 7))})
        model.add(row, keys, oldest)
        if row % 7 == 0:
            oldest = max(oldest, row - rng.randrange(800, 1_500))
        if row % 3 == 0:
            model.check(rng.choice(keys), oldest)
            model.check(rng.randrange(spread) * scale + 1, oldest)
    assert model.table.limit_hits == model.limit_hits


@pytest.mark.parametrize("seed", range(20))
def test_keys_in_one_bucket_are_distinguished(seed: int) -> None:
    """Keys of one row in the same bucket with the same byte are each found, and a row is counted once."""
    rng = random.Random(seed)
    model = Model(4)
    for row in range(1, 200):
        oldest = max(1, row - 40)
        numbers = [rng.randrange(rng.choice((4, 12, 40))) for _ in range(4)]
        model.add(row, tuple({1 + 255 * number for number in numbers}), oldest)
        for number in range(40):
            model.check(1 + 255 * number, oldest)
    assert model.table.limit_hits == model.limit_hits


def test_filling_at_once_equals_adding_row_by_row() -> None:
    """A table that is filled at once finds the same rows as one that was filled row by row."""
    rng = random.Random(1)
    grown, filled = Model(5), Model(5)
    for row in range(1, 3_000):
        keys = (rng.randrange(1, 2**32), rng.randrange(1, 500) << 20, 77)
        grown.add(row, keys, 1)
        filled._keys[row] = keys
        filled._rows = grown._rows
    filled.table.fill(np.arange(1, 3_000))

    for key in [key for keys in filled._keys.values() for key in keys]:
        assert filled.table.find((key,), 1) == grown.table.find((key,), 1)
        filled.check(key, 1)


def test_rows_can_be_renumbered() -> None:
    """After its rows are renumbered, the table finds the same rows under their new numbers, and no expired row."""
    model = Model(1)
    rows = range(1_000_000, 1_002_000)
    for row in rows:
        model.add(row, (row * 2_654_435_761 % 2**32 or 1,), rows[0])
    model._keys = {row - 900_000: keys for row, keys in model._keys.items()}
    model.table.shift(900_000, rows[500])

    for row, keys in model._keys.items():
        assert model.table.find(keys, 100_500) == ({row} if row >= 100_500 else set())


def test_a_crowded_key_keeps_its_newest_rows() -> None:
    """For a key that all rows share, the newest rows up to the limit are stored, and each further row is counted."""
    model = Model(2)
    for row in range(1, 2_001):
        model.add(row, (5, row << 8), 1)

    assert model.table.limit_hits == 2_000 - LIMIT
    model.check(5, 1)
    model.check(5, 1_998)
    model.check(7 << 8, 1)
