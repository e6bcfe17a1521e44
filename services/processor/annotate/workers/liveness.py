"""How long to wait for a worker: a hang is told from a machine that is busy with something else."""

from __future__ import annotations

import time

from services.runtime.service.proc import read_cpu_seconds

STARVED_FACTOR = 8
"""Times the deadline that a worker may take when it gets only a part of a processor."""


class HangDetector:
    """Asked after each `deadline` seconds without an answer whether it is over.

    It is when the worker has used so much processor time, which no article needs, or when it has used none: then it
    sleeps for good. One that was given too little of the processor has more time, up to `STARVED_FACTOR` deadlines.
    Where the processor time cannot be read, the deadline counts alone.
    """

    def __init__(self, pid: int, deadline: float) -> None:
        self._pid = pid
        self._deadline = deadline
        self._began = time.monotonic()
        self._first = self._last = read_cpu_seconds(pid)

    def is_hung(self) -> bool:
        """Whether the worker hangs."""
        now, before = read_cpu_seconds(self._pid), self._last
        self._last = now
        if now is None or before is None or self._first is None:
            return True
        is_late = time.monotonic() - self._began >= STARVED_FACTOR * self._deadline
        return is_late or now - self._first >= self._deadline or now == before
