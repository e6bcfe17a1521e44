"""What a process takes of the machine, out of proc(5)."""

from __future__ import annotations

import os
from pathlib import Path

from services.processor.annotate.workers.liveness import read_cpu_seconds


def read_resident(pid: int) -> int:
    """Resident bytes of a process alone; 0 when it has gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def list_children(pid: int) -> list[int]:
    """The children of all threads of a process; none when it has gone."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def measure_memory(pid: int) -> int:
    """Resident bytes of a process and its children; 0 when it has gone."""
    return read_resident(pid) + sum(map(measure_memory, list_children(pid)))


def read_cpu(pid: int) -> float:
    """Seconds of CPU that a process had, its children not counted; it must be there."""
    seconds = read_cpu_seconds(pid)
    assert seconds is not None, f"process {pid} has gone"
    return seconds
