"""Health: ready when every part said so, live while records move or none waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from aiokafka.structs import TopicPartition

from services.outcomes import Stage
from services.runtime.service.metrics import Metrics

MEMBERSHIP = "consumer"
"""The part of readiness that is a place in the consumer group. A rebalance takes it away for some seconds."""
OUTAGE_FACTOR = 5
"""Times the setting's seconds that a stall may last while the broker does not answer: then a new start is tried, since
it may be our client that does not find back."""


class Health:
    """What /live and /ready answer from.

    A process that exists and does nothing while records wait is dead; one with nothing to do is alive. So is, for a
    good while, one whose broker is away: a restart does not bring it back.
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
        self._lost_place: float | None = None
        """Since when it has no place in its group; None while it has one, or needs none."""
        self._allowed = stall_after
        self._watched: float | None = None
        """When the lag poll last came to an end, be it a failure; None where there is no poll."""
        self._positions: dict[TopicPartition, tuple[int, float]] = {}
        """How far each partition has come that has records waiting, and since when it stands there."""

    def progress(self) -> None:
        """An article came to its outcome, or nothing waits."""
        self._last_progress = self._clock()
        self._metrics.last_progress.labels(self._stage).set_to_current_time()

    def observe_lag(self, messages: int) -> None:
        """How many records wait, from the independent poll."""
        if messages == 0 or self._waiting == 0:
            self.progress()
        self._waiting = messages

    def observe_positions(self, positions: Mapping[TopicPartition, int], waiting: Mapping[TopicPartition, int]) -> None:
        """How far each partition held here has come, for a partition that stands still while others move."""
        now, is_ready = self._clock(), self.is_ready()[0]
        observed = {}
        for partition, position in positions.items():
            known, since = self._positions.get(partition, (None, now))
            if waiting.get(partition):
                # What stood while state was read back begins to count when that is done.
                observed[partition] = (position, since if position == known and is_ready else now)
        self._positions = observed

    def watch(self, *, reached: bool) -> None:
        """The lag poll lives: it has come to an end. `reached`: whether the broker answered it."""
        self._watched = self._clock()
        self._allowed = self._stall_after * (1 if reached else OUTAGE_FACTOR)

    def set_ready(self, part: str, ready: bool) -> None:
        """Declare a part (consumer, lanes, model) ready or not; each part named counts."""
        if part == MEMBERSHIP and self._parts.get(part) is not ready:
            self._lost_place = None if ready else self._clock()
        self._parts[part] = ready
        self._metrics.ready.labels(self._stage).set(self.is_ready()[0])

    def is_ready(self) -> tuple[bool, str]:
        """Whether traffic may come, and if not, what is missing."""
        missing = sorted(part for part, ready in self._parts.items() if not ready)
        if missing or not self._parts:
            return False, f"not ready: {', '.join(missing) or 'starting'}"
        return True, "ready"

    def is_live(self) -> tuple[bool, str]:
        """Whether the process moves, and if not, what stands still and since when."""
        why = self._find_stall(self._clock())
        return (False, f"stalled: {why}") if why else (True, "live")

    def _find_stall(self, now: float) -> str:
        """Empty when all moves."""
        if self._waiting and (idle := now - self._last_progress) > self._allowed:
            return f"{self._waiting} records wait and nothing moved for {idle:.0f} s"
        if self._lost_place is not None and (idle := now - self._lost_place) > self._allowed:
            return f"no place in the consumer group for {idle:.0f} s"
        if self._watched is not None and (idle := now - self._watched) > self._stall_after:
            return f"the lag was not looked at for {idle:.0f} s"
        # While a part is not ready (state is being read back) a partition may stand, as long as something moves.
        standing = {tp: now - since for tp, (_, since) in self._positions.items() if now - since > self._allowed}
        if standing and self.is_ready()[0]:
            worst = max(standing, key=lambda tp: standing[tp])
            return f"{worst.topic}-{worst.partition} has records waiting and has not moved for {standing[worst]:.0f} s"
        return ""
