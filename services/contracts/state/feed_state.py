"""State of one feed, which ingest stores on a compacted topic. Internal."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, NonNegativeInt

from services.contracts.base import Contract


class FeedState(Contract):
    """One feed after its last fetch. Key: the feed's URL as written in the feeds file."""

    url: str
    """The URL as written in the feeds file."""
    next_due: AwareDatetime
    """The time of the next fetch."""
    etag: str | None = None
    """The ETag of the last answer that was read completely; sent back as If-None-Match."""
    last_modified: str | None = None
    """The Last-Modified header of that answer, exactly as the server wrote it; sent back as If-Modified-Since."""
    permanent_url: str | None = None
    """The address to which the feed has moved permanently (status 301 or 308)."""
    failures: NonNegativeInt = 0
    """The number of failed fetches since the last success."""
    gone_at: AwareDatetime | None = None
    """The time at which the server answered 410 (gone). The feed is not fetched after that."""
    seen: Annotated[dict[str, NonNegativeInt], Field(max_length=65_536)] = {}
    """The entries that were published or rejected: a short hash of each, with the time at which the feed last listed
    it, in seconds since the epoch."""
