"""How much is held in memory at a time."""

from __future__ import annotations

from services.errors import TransientError
from services.outcomes import Reason, Stage


class ByteBudget:
    """Counts the bytes of the request bodies that are being read or published."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.used = 0
        """Bytes."""

    def reserve(self, size: int) -> None:
        """Take `size` bytes. Raises TransientError (overloaded) where that would be more than the limit."""
        if self.used + size > self._limit:
            raise TransientError("too much is in flight", reason=Reason.OVERLOADED, stage=Stage.INGEST)
        self.used += size

    def release(self, size: int) -> None:
        """Give back what was reserved."""
        self.used -= size
