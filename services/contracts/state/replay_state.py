"""State of a replay, which its own transactions write to a compacted topic. Internal."""

from __future__ import annotations

from pydantic import AwareDatetime, NonNegativeInt

from services.contracts.base import Contract


class ReplayState(Contract):
    """The progress of one replay. Key: the name of the replay.

    A transaction writes records and this state, so that each record is written exactly once, whatever is killed.
    """

    name: str
    """The name of the replay."""
    request: str
    """The request, as JSON. A later call with another request does not continue the replay."""
    started_at: AwareDatetime
    """The start of the replay."""
    ends: dict[int, NonNegativeInt]
    """The offset at which each partition of the raw topic ended when the replay started; empty for an archive."""
    positions: dict[int, NonNegativeInt] = {}
    """The offset of the next record to read, by partition."""
    read: NonNegativeInt = 0
    """The number of records that were read."""
    written: NonNegativeInt = 0
    """The number of records that were written."""
    primed: NonNegativeInt | None = None
    """The number of earlier articles that match's state was primed with; null if that is not done."""
    is_written: bool = False
    """True if all records are written."""
