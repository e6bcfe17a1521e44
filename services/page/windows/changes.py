"""Numbered changes of what a window keeps, and the wait for the next one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict


class ChangeLog:
    """The order in which the entries of a window changed. A reader gets the changes after the number that it knows."""

    def __init__(self) -> None:
        self._changes: OrderedDict[str, int] = OrderedDict()
        """For each entry the number of its last change, the one that changed last at the end."""
        self._changed = asyncio.Event()
        self.version = 0
        """Number of the last change."""
        self.is_closed = False

    async def wait_for_change(self, after: int) -> None:
        """Return when there is a change after a version, or when the window is closed."""
        while self.version <= after and not self.is_closed:
            await self._changed.wait()

    def close(self) -> None:
        """End the waiting of every reader, for the end of the process."""
        self.is_closed = True
        self._wake()

    def note_change(self, entry_id: str) -> None:
        """Give an entry the next number, and wake every reader."""
        self.version += 1
        self._changes[entry_id] = self.version
        self._changes.move_to_end(entry_id)
        self._wake()

    def forget_change(self, entry_id: str) -> None:
        """Forget an entry."""
        self._changes.pop(entry_id, None)

    def list_changed_ids(self, after: int) -> list[str]:
        """Return the ids of the entries that changed after a version, in the order of their changes."""
        changed = []
        for entry_id, version in reversed(self._changes.items()):
            if version <= after:
                break
            changed.append(entry_id)
        return changed[::-1]

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
