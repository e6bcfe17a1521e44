"""Detection of partitions that faust does not read although records wait in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


class StuckPartitionDetector:
    """Detector of partitions that have waiting records and make no progress, such as one that faust never resumed."""

    def __init__(
        self, *, stall_after: float, enough_elsewhere: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start without partitions.

        Args:
            stall_after: Seconds without progress after which a partition may be stuck.
            enough_elsewhere: Number of records of other partitions that must have been processed in that time. After
                fewer records (but at least one), the partition may only be waiting for its turn.
            clock: Source of the time in seconds.
        """
        self._stall_after = stall_after
        self._enough_elsewhere = enough_elsewhere
        self._clock = clock
        self._total = 0
        """Number of records of all partitions that have been processed."""
        self._last_activity = clock()
        self._last_progress: dict[int, tuple[float, int]] = {}
        """For each partition, the time of its last progress, and the value of `_total` at that time."""

    def record_progress(self, partition: int, records: int) -> None:
        """Note that records of a partition have reached their outcomes."""
        self._total += records
        self._last_progress[partition] = (self._clock(), self._total)

    def record_activity(self) -> None:
        """Note that the current batch makes progress, whatever its partitions are."""
        self._last_activity = self._clock()

    def forget(self) -> None:
        """Forget all partitions, because the assignment has changed."""
        self._last_progress.clear()

    def find_stuck(self, waiting: Mapping[int, int]) -> set[int]:
        """Return the stuck partitions, given the number of waiting records of each partition. Call it regularly.

        A partition with waiting records is stuck after `stall_after` seconds in which no record at all was processed,
        or in which `enough_elsewhere` records of other partitions were processed.
        """
        now = self._clock()
        stuck = set()
        for partition, records in waiting.items():
            if not records:
                self._last_progress[partition] = (now, self._total)
                continue
            since, total = self._last_progress.setdefault(partition, (now, self._total))
            elsewhere = self._total - total
            since = since if elsewhere else max(since, self._last_activity)
            if now - since >= self._stall_after and (elsewhere == 0 or elsewhere >= self._enough_elsewhere):
                stuck.add(partition)
        return stuck
