"""Health: ready when every part said so, live while records move or none waits."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.outcomes import Stage
from services.runtime.metrics import Metrics


class Health:
    """What /live and /ready answer from.

    A process that exists and does nothing while records wait is dead; one with nothing to do is alive.
    """

    def __init__(
        self, stage: Stage, metrics: Metrics, *, stall_after: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stage = stage
        self._metrics = metrics
        self._stall_after = stall_after
        self._clock = clock
        self._last_progress = clock()
        self._waiting = 0
        self._parts: dict[str, bool] = {}

    def progress(self) -> None:
        """An article came to its outcome, or nothing waits."""
        self._last_progress = self._clock()
        self._metrics.last_progress.labels(self._stage).set_to_current_time()

    def observe_lag(self, messages: int) -> None:
        """How many records wait, from the independent poll."""
        if messages == 0 or self._waiting == 0:
            self.progress()
        self._waiting = messages

    def set_ready(self, part: str, ready: bool) -> None:
        """Declare a part (consumer, lanes, model) ready or not; each part named counts."""
        self._parts[part] = ready
        self._metrics.ready.labels(self._stage).set(self.is_ready()[0])

    def is_ready(self) -> tuple[bool, str]:
        """Whether traffic may come, and if not, what is missing."""
        missing = sorted(part for part, ready in self._parts.items() if not ready)
        if missing or not self._parts:
            return False, f"not ready: {', '.join(missing) or 'starting'}"
        return True, "ready"

    def is_live(self) -> tuple[bool, str]:
        """Whether the process moves, and if not, since when."""
        idle = self._clock() - self._last_progress
        if self._waiting and idle > self._stall_after:
            return False, f"stalled: {self._waiting} records wait and nothing moved for {idle:.0f} s"
        return True, "live"
