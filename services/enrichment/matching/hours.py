"""Which rows still count: rows are numbered along a clock that never goes back, and counted by the hour."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

HOUR_MS = 3_600_000


class Hours:
    """The first row of each hour of event time, so that an hour is forgotten at the cost of one number."""

    def __init__(self, kept_ms: int) -> None:
        self._kept_hours = -(-kept_ms // HOUR_MS)
        self._starts: deque[tuple[int, int]] = deque()

    def add(self, row: int, now_ms: int) -> None:
        """Note that a row was added at a time, which must not lie before the one noted last."""
        hour = now_ms // HOUR_MS
        if not self._starts or self._starts[-1][0] != hour:
            self._starts.append((hour, row))

    def find_oldest(self, now_ms: int, next_row: int) -> int:
        """The first row that counts at a time: those of its hour and of the `kept_ms` before; else `next_row`."""
        limit = now_ms // HOUR_MS - self._kept_hours
        for hour, row in self._starts:
            if hour >= limit:
                return row
        return next_row

    def expire(self, now_ms: int) -> None:
        """Forget the hours that count no more."""
        limit = now_ms // HOUR_MS - self._kept_hours
        while self._starts and self._starts[0][0] < limit:
            self._starts.popleft()

    def renumber(self, offset: int) -> None:
        """Subtract `offset` from all rows."""
        self._starts = deque((hour, row - offset) for hour, row in self._starts)

    def to_array(self, now_ms: int, oldest: int) -> NDArray[np.int64]:
        """The hours that count at a time and the first row of each, as if row `oldest` were number 1."""
        limit = now_ms // HOUR_MS - self._kept_hours
        kept = [(hour, row - oldest + 1) for hour, row in self._starts if hour >= limit]
        return np.array(kept, dtype=np.int64).reshape(-1, 2)

    def from_array(self, starts: NDArray[np.int64]) -> None:
        """Take back what `to_array` gave. Raises ValueError for what it never gives."""
        if starts.ndim != 2 or starts.shape[1] != 2 or (np.diff(starts, axis=0) < 0).any():
            raise ValueError("the hours are no ascending pairs")
        self._starts = deque((int(hour), int(row)) for hour, row in starts)
