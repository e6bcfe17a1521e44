"""Detection of changes to one file."""

from __future__ import annotations

from pathlib import Path

FileState = tuple[int, int, int]
"""Modification time, size and inode. The inode is needed because Kubernetes replaces the file behind a link."""


class ChangedFile:
    """The last known state of a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = find_state(path)

    def has_changed(self) -> bool:
        """Return whether the file has changed, appeared or disappeared since the last call, or since the start."""
        state = find_state(self.path)
        changed, self._state = state != self._state, state
        return changed


def find_state(path: Path) -> FileState | None:
    """Return the state of a file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
