"""Progress of long work as lines: how much is done, how fast, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

INTERVAL = 5.0
"""Minimum seconds between two lines."""


class EtaLines:
    """Lines about the progress of one piece of work, at most one in some seconds."""

    def __init__(
        self,
        label: str,
        total: int | None,
        report: Callable[[str], None],
        *,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        """`total` is the amount that `done` reaches at the end; None if it is not known."""
        self._label = label
        self._total = total
        self._report = report
        self._interval = interval
        self._clock = clock
        self._now = now
        self._began = self._last = clock()
        self._first_done: int | None = None

    def update(self, done: int, *, note: str = "") -> None:
        """Report the progress, unless the last line is recent. `done` begins where the work continues."""
        if self._first_done is None:
            self._first_done = done
        at = self._clock()
        if at - self._last < self._interval:
            return
        self._last = at
        self._report(self.describe(done, note=note))

    def describe(self, done: int, *, note: str = "") -> str:
        """Return the line."""
        elapsed = max(self._clock() - self._began, 1e-9)
        rate = (done - (self._first_done or 0)) / elapsed
        of = f" of {self._total:,} ({done / self._total:.0%})" if self._total else ""
        return (
            f"{self._label}: {done:,}{of}, {rate:,.0f}/s{self._describe_end(done, rate)}{f'; {note}' if note else ''}"
        )

    def _describe_end(self, done: int, rate: float) -> str:
        if not self._total or rate <= 0 or done >= self._total:
            return ""
        left = timedelta(seconds=(self._total - done) / rate)
        try:
            end = self._now() + left
        except OverflowError:
            return ""
        is_today = end.date() == self._now().date()
        return f", ends about {end:%H:%M:%S}" if is_today else f", ends about {end:%Y-%m-%d %H:%M}"
