"""Error of a fetch that failed."""

from __future__ import annotations

from services.errors import CopydeskError
from services.outcomes import FetchFault, Stage


class FetchError(CopydeskError):
    """A feed, a page or a robots.txt that could not be fetched or read. It never leaves the feeds package.

    `fault` is the reason. `retry_after` is the number of seconds that the server asked us to wait, if it named one.
    """

    def __init__(self, fault: FetchFault, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, stage=Stage.INGEST)
        self.fault = fault
        self.retry_after = retry_after
