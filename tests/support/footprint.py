"""Memory and CPU time of a process and its children."""

from __future__ import annotations

import psutil

from services.runtime.service.process_usage import CpuMeter, read_resident_bytes


def list_descendants(pid: int) -> list[int]:
    """Return the ids of the children of a process and of their children; none if the process has ended."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def measure_memory(pid: int) -> int:
    """Return the resident bytes of a process and its descendants; 0 if the process has ended."""
    return read_resident_bytes(pid) + sum(map(read_resident_bytes, list_descendants(pid)))


def read_cpu(pid: int) -> float:
    """Return the CPU seconds of a process without its children. The process must be there."""
    seconds = CpuMeter(pid).read_seconds()
    assert seconds is not None, f"process {pid} has ended"
    return seconds
