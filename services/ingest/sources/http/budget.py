"""Limit of the bytes that the HTTP source holds in memory."""

from __future__ import annotations

from services.errors import TransientError
from services.outcomes import Reason, Stage


class ByteBudget:
    """Counter of the bytes of all request bodies that are being read or published, with a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0

    def reserve(self, size: int) -> None:
        """Reserve `size` bytes. Raises TransientError (overloaded) if the sum would exceed the limit."""
        if self._used + size > self._limit:
            message = f"the service already holds {self._used} of at most {self._limit} bytes of request bodies"
            raise TransientError(message, reason=Reason.OVERLOADED, stage=Stage.INGEST)
        self._used += size

    def release(self, size: int) -> None:
        """Release bytes that were reserved."""
        self._used -= size
