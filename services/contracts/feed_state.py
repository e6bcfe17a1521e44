"""What ingest remembers of each feed, on a compacted topic. Internal."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from services.contracts.base import Contract
from services.contracts.event import Position


class FeedState(Contract):
    """One feed after its last fetch. Key: the feed's URL as it stands in the feeds file."""

    url: str
    """As in the feeds file."""
    next_due: AwareDatetime
    """When it is to be fetched next."""
    etag: str | None = None
    """Of the last answer that was taken in whole; sent back as If-None-Match."""
    last_modified: str | None = None
    """The same, as If-Modified-Since; letter for letter as the server wrote it."""
    permanent_url: str | None = None
    """Where the feed has moved for good (301, 308)."""
    failures: Position = 0
    """Fetches in a row that failed."""
    gone_at: AwareDatetime | None = None
    """When the server said 410: the feed is not fetched any more."""
    seen: Annotated[dict[str, Position], Field(max_length=65_536)] = {}
    """A short hash of each entry that was published or rejected, to when the feed last listed it, in seconds since
    the epoch."""
