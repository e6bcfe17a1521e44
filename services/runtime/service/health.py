"""Health of a service: ready when each of its parts is, live while records move or no record waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from aiokafka.structs import TopicPartition

from services.outcomes import Stage
from services.runtime.service.metrics import Metrics

MEMBERSHIP = "consumer"
"""Readiness part: membership in the consumer group. A rebalance suspends it for some seconds."""
OUTAGE_FACTOR = 5
"""Factor by which a stall may last longer while the broker does not answer. After that time the process is started
again, because the fault may be in our client, which does not reconnect."""


class Health:
    """Answers of /live and /ready.

    A process that does nothing while records wait is dead. A process that has nothing to do is alive. A process whose
    broker is away counts as alive for `OUTAGE_FACTOR` times longer, because a restart does not bring the broker back.
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
        self._outside_group_since: float | None = None
        """Time when the process lost its place in the group; None while it has one, or needs none."""
        self._allowed = stall_after
        """Seconds that a stall may last now."""
        self._last_lag_poll: float | None = None
        """Time when a lag poll ended last, with or without success; None if the service has no lag poll."""
        self._positions: dict[TopicPartition, tuple[int, float]] = {}
        """For each partition with records waiting, its position and the time since when the position is the same."""

    def report_progress(self) -> None:
        """Report that an article got its outcome, or that no record waits."""
        self._last_progress = self._clock()
        self._metrics.last_progress.labels(self._stage).set_to_current_time()

    def observe_lag(self, messages: int) -> None:
        """Report how many records wait, as the lag poll measured it independently of the consumer."""
        if messages == 0 or self._waiting == 0:
            self.report_progress()
        self._waiting = messages

    def observe_positions(self, positions: Mapping[TopicPartition, int], waiting: Mapping[TopicPartition, int]) -> None:
        """Report the position and the waiting records of each assigned partition.

        They show a partition that does not move while others do.
        """
        now, is_ready = self._clock(), self.check_ready()[0]
        observed = {}
        for partition, position in positions.items():
            known, since = self._positions.get(partition, (None, now))
            if waiting.get(partition):
                # While state is read back, a partition may stop; its time counts from the end of that.
                observed[partition] = (position, since if position == known and is_ready else now)
        self._positions = observed

    def report_lag_poll(self, *, reached: bool) -> None:
        """Report that a lag poll ended; `reached` says whether the broker answered it."""
        self._last_lag_poll = self._clock()
        self._allowed = self._stall_after * (1 if reached else OUTAGE_FACTOR)

    def set_ready(self, part: str, ready: bool) -> None:
        """Set whether a part, such as the consumer or the workers, is ready. Each part that was ever set counts."""
        if part == MEMBERSHIP and self._parts.get(part) is not ready:
            self._outside_group_since = None if ready else self._clock()
        self._parts[part] = ready
        self._metrics.ready.labels(self._stage).set(self.check_ready()[0])

    def check_ready(self) -> tuple[bool, str]:
        """Return whether the service is ready, and the answer of /ready, which names the missing parts."""
        missing = sorted(part for part, ready in self._parts.items() if not ready)
        if missing or not self._parts:
            return False, f"not ready: {', '.join(missing) or 'starting'}"
        return True, "ready"

    def check_live(self) -> tuple[bool, str]:
        """Return whether the service is live, and the answer of /live, which names what has stalled."""
        stall = self._find_stall(self._clock())
        return (False, f"stalled: {stall}") if stall else (True, "live")

    def _find_stall(self, now: float) -> str:
        """Describe the first stall found; empty if there is none."""
        if self._waiting and (idle := now - self._last_progress) > self._allowed:
            return f"{self._waiting} records wait and nothing moved for {idle:.0f} s"
        if self._outside_group_since is not None and (idle := now - self._outside_group_since) > self._allowed:
            return f"no place in the consumer group for {idle:.0f} s"
        if self._last_lag_poll is not None and (idle := now - self._last_lag_poll) > self._stall_after:
            return f"the lag was not measured for {idle:.0f} s"
        stalled = {tp: now - since for tp, (_, since) in self._positions.items() if now - since > self._allowed}
        # While a part is not ready (state is being read back) a partition may stop, as long as something moves.
        if stalled and self.check_ready()[0]:
            worst = max(stalled, key=lambda tp: stalled[tp])
            return f"{worst.topic}-{worst.partition} has records waiting and has not moved for {stalled[worst]:.0f} s"
        return ""
