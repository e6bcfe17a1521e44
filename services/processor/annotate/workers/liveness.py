"""How long to wait for a worker: a hang is told from a machine that is busy with something else."""

from __future__ import annotations

import os
import time
from pathlib import Path

STARVED_FACTOR = 8
"""Times the deadline that a worker may take when it gets only a part of a processor."""
UTIME, STIME = 11, 12
"""Fields of proc_pid_stat(5) behind the command's name: ticks of all threads."""


class HangDetector:
    """Asked after each `deadline` seconds without an answer whether it is over.

    It is when the worker has used so much processor time, which no article needs, or when it has used none: then it
    sleeps for good. One that was given too little of the processor has more time, up to `STARVED_FACTOR` deadlines.
    Where the processor time cannot be read (no /proc), the deadline counts alone.
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


def read_cpu_seconds(pid: int) -> float | None:
    """Processor time that a process has used; None when it has gone, and where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[UTIME]) + int(fields[STIME])) / os.sysconf("SC_CLK_TCK")
