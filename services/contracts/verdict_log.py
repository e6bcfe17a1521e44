"""The verdict log: what match remembers of each article, on a compacted topic. Internal."""

from __future__ import annotations

from services.contracts.base import Contract
from services.contracts.event import Duplicate, Position, Signature


class VerdictRecord(Contract):
    """One article that match has seen: its verdict, and what later articles are compared with. Key: the article id."""

    id: str
    """The article id."""
    event_time_ms: Position
    """Event time, milliseconds since the epoch."""
    signature: Signature
    """What later articles are compared with."""
    duplicate: Duplicate
    """Its verdict."""
