"""How far a lane has come, on a compacted topic that its transactions write themselves. Internal."""

from __future__ import annotations

from services.contracts.base import Contract
from services.contracts.event import Position


class Checkpoint(Contract):
    """The records of a lane's last committed transaction. Key: the consumer group; partition: that of the input."""

    first: Position
    """The offset that the transaction began at."""
    last: Position
    """Of its last record."""
    digest: str
    """Of that record, by which a log that was deleted and made anew is told from this one."""
