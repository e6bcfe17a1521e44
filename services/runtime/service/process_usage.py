"""Memory and CPU time of processes, and the memory limit of the container."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

LIMIT_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Limit of the control group that a container sees as its root. Version 2 writes `max` if there is no limit, version 1
writes almost 2^63."""
UNREADABLE = (psutil.Error, OSError)
"""Errors of psutil if a process has gone or may not be read, or if no file descriptor is left."""


def find_memory_limit(files: tuple[Path, ...] = LIMIT_FILES) -> int:
    """Return the container's limit in bytes if it is below the machine's memory, else the machine's memory.

    psutil knows nothing of control groups, so that this reader is ours.
    """
    limits = [int(text) for file in files if (text := _read(file)).isdigit()]
    return min([*limits, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")])


def read_resident_bytes(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if it has ended or cannot be read."""
    try:
        resident: int = psutil.Process(pid).memory_info().rss
    except UNREADABLE:
        return 0
    return resident


class CpuMeter:
    """Reader of one process's CPU time; a further reading costs half of what a new reader costs."""

    def __init__(self, pid: int) -> None:
        self._process: psutil.Process | None = None
        with contextlib.suppress(*UNREADABLE):
            self._process = psutil.Process(pid)

    def read_seconds(self) -> float | None:
        """Return the CPU time that all threads of the process have used, in seconds; None if it cannot be read.

        The time of its children is not included. A process that ended has its time until its parent collects it.
        """
        if self._process is None:
            return None
        try:
            times = self._process.cpu_times()
        except UNREADABLE:
            return None
        return float(times.user + times.system)


class CpuTotal:
    """CPU time of processes that start and end. A process that has ended counts with the time of its last reading."""

    def __init__(self, list_pids: Callable[[], Iterable[int]]) -> None:
        self._list_pids = list_pids
        self._meters: dict[int, CpuMeter] = {}
        self._seconds: dict[int, float] = {}
        self._ended = 0.0

    def read_seconds(self) -> float:
        """Return the CPU time of all processes until now, in seconds. It never falls."""
        running = set(self._list_pids())
        for pid in self._meters.keys() - running:
            self._end(pid)
        for pid in running:
            if pid not in self._meters:
                self._meters[pid] = CpuMeter(pid)
            seconds = self._meters[pid].read_seconds()
            if seconds is not None:
                self._seconds[pid] = max(seconds, self._seconds.get(pid, 0.0))
        return self._ended + sum(self._seconds.values())

    def _end(self, pid: int) -> None:
        del self._meters[pid]
        self._ended += self._seconds.pop(pid, 0.0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
