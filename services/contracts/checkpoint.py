"""How far a lane has come, on a compacted topic that its transactions write themselves. Internal."""

from __future__ import annotations

from services.contracts.base import Contract
from services.contracts.event import Position


class Place(Contract):
    """Where a record lies."""

    topic: str
    partition: Position
    offset: Position


class Checkpoint(Contract):
    """A lane's last committed transaction. Key: the consumer group; partition: that of the input."""

    first: Position
    """The offset of the first record that it worked on: all before it belongs to earlier transactions."""
    last: Position
    """That of the last one."""
    timestamp: Position
    """Of the last one, milliseconds since the epoch: when the broker took it."""
    digest: str
    """Of its key and value. By both a log that was deleted and made anew is told from this one, even where the same
    records came to the same places."""
    outputs: tuple[Place, ...]
    """The last one on each partition that the transaction wrote to."""
