"""Table of the times of each key, ascending."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K")
Times: TypeAlias = "int | array[int]"
"""The times of one key. A single one is a number, because most keys have one."""


class TimeTable(Generic[K]):
    """The times of each key. They are added in ascending order."""

    def __init__(self) -> None:
        self._by_key: dict[K, Times] = {}

    def get(self, key: K) -> Times | None:
        """Return the times of a key; None if it has none."""
        return self._by_key.get(key)

    def add(self, key: K, at_ms: int) -> None:
        """Add a time, which must not be lower than those that the key has."""
        times = self._by_key.get(key)
        if times is None:
            self._by_key[key] = at_ms
        elif isinstance(times, int):
            self._by_key[key] = array("q", (times, at_ms))
        else:
            times.append(at_ms)

    def remove(self, key: K, at_ms: int) -> None:
        """Remove a time that the key has."""
        times = self._by_key[key]
        if isinstance(times, int) or len(times) == 1:
            del self._by_key[key]
        else:
            del times[bisect_right(times, at_ms) - 1]

    def forget(self, key: K, end_ms: int) -> None:
        """Forget the times up to `end_ms` of a key; after the first call for a key there are none."""
        times = self._by_key.get(key)
        if times is None:
            return
        if find_last(times) <= end_ms:
            del self._by_key[key]
        elif not isinstance(times, int):
            del times[: bisect_right(times, end_ms)]

    def fill(self, keys: Sequence[K], counts: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Replace everything: distinct keys, the number of times of each, and these times one key after the other."""
        ends = counts.cumsum()
        starts = ends - counts
        self._by_key = dict(zip(keys, times[starts].tolist(), strict=True))
        for place in np.flatnonzero(counts > 1).tolist():
            self._by_key[keys[place]] = array("q", times[starts[place] : ends[place]].tobytes())


def find_last(times: Times) -> int:
    """Return the last time."""
    return times if isinstance(times, int) else times[-1]


def count_after(times: Times, moment_ms: int) -> int:
    """Count the times after a moment."""
    return int(times > moment_ms) if isinstance(times, int) else len(times) - bisect_right(times, moment_ms)
