"""Verdict log: match's record of each article, on a compacted topic. Internal."""

from __future__ import annotations

from pydantic import NonNegativeInt

from services.contracts.base import Contract
from services.contracts.event import Duplicate, Signature


class VerdictRecord(Contract):
    """One article that match has seen: its verdict, and its signature for comparison. Key: the article id."""

    id: str
    """The article id."""
    event_time_ms: NonNegativeInt
    """The event time, in milliseconds since the epoch."""
    signature: Signature
    """The signature, with which match compares later articles."""
    duplicate: Duplicate
    """The verdict on the article."""
