"""Why a fetch failed."""

from __future__ import annotations

from services.errors import CopydeskError
from services.outcomes import FetchFault, Stage


class FetchError(CopydeskError):
    """A feed, a page or a robots.txt that could not be had; it never leaves the feeds' package.

    `fault` says why, `retry_after` for how many seconds the server asked to be left alone, where it did.
    """

    def __init__(self, fault: FetchFault, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, stage=Stage.INGEST)
        self.fault = fault
        self.retry_after = retry_after
