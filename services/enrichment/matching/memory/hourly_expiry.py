"""Expiry by the hour of event time, for rows that are numbered along a clock that never goes back."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

HOUR_MS = 3_600_000

PAIR = 2
"""Number of columns of the array of hours: the hour, and its first row."""


class HourlyExpiry:
    """Table of the first row of each hour of event time, so that forgetting an hour changes one number."""

    def __init__(self, kept_ms: int) -> None:
        self._kept_hours = -(-kept_ms // HOUR_MS)
        self._starts: deque[tuple[int, int]] = deque()

    def add(self, row: int, now_ms: int) -> None:
        """Record that a row was added at a time; `now_ms` must not be lower than in an earlier call."""
        hour = now_ms // HOUR_MS
        if not self._starts or self._starts[-1][0] != hour:
            self._starts.append((hour, row))

    def find_oldest(self, now_ms: int, next_row: int) -> int:
        """Return the first row of the last `kept_ms` before a time, in whole hours; `next_row` when there is none."""
        limit = now_ms // HOUR_MS - self._kept_hours
        for hour, row in self._starts:
            if hour >= limit:
                return row
        return next_row

    def expire(self, now_ms: int) -> None:
        """Forget the hours that are older than `kept_ms`."""
        limit = now_ms // HOUR_MS - self._kept_hours
        while self._starts and self._starts[0][0] < limit:
            self._starts.popleft()

    def renumber(self, offset: int) -> None:
        """Subtract `offset` from all rows."""
        self._starts = deque((hour, row - offset) for hour, row in self._starts)

    def to_array(self, now_ms: int, oldest: int) -> NDArray[np.int64]:
        """Return the hours that count at a time and the first row of each, numbered so that `oldest` is 1."""
        limit = now_ms // HOUR_MS - self._kept_hours
        kept = [(hour, row - oldest + 1) for hour, row in self._starts if hour >= limit]
        return np.array(kept, dtype=np.int64).reshape(-1, PAIR)

    def from_array(self, starts: NDArray[np.int64]) -> None:
        """Restore what `to_array` returned. Raises ValueError for an array that it never returns."""
        if starts.ndim != PAIR or starts.shape[1] != PAIR or (np.diff(starts, axis=0) < 0).any():
            raise ValueError("the hours are not ascending pairs of hour and row")
        self._starts = deque((int(hour), int(row)) for hour, row in starts)
