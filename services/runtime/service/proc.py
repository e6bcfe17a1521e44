"""Memory as the kernel counts it: of a process, and what all of this container's may take."""

from __future__ import annotations

import os
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
LIMIT_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of the control group that a container sees as its root: version 2, version 1 (which says 2^63 for none)."""
PROCESSES = Path("/proc")


def find_memory_limit(files: tuple[Path, ...] = LIMIT_FILES) -> int:
    """Bytes: the container's limit where it has one below the machine's memory, else the machine's memory."""
    limits = [int(text) for file in files if (text := _read(file)).isdigit()]
    return min([*limits, os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES])


def read_resident_bytes(pid: int, processes: Path = PROCESSES) -> int:
    """Resident memory of a process; 0 when it has gone, and where there is no /proc. See proc_pid_statm(5)."""
    fields = _read(processes / str(pid) / "statm").split()
    return int(fields[1]) * PAGE_BYTES if len(fields) > 1 else 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
