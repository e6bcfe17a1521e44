"""Checkpoint of a lane: its progress, on a compacted topic that its own transactions write. Internal."""

from __future__ import annotations

from pydantic import NonNegativeInt

from services.contracts.base import Contract


class OutputPosition(Contract):
    """Position of a record that a transaction wrote."""

    topic: str
    """The topic."""
    partition: NonNegativeInt
    """The partition."""
    offset: NonNegativeInt
    """The offset."""


class Checkpoint(Contract):
    """A lane's last committed transaction. Key: the consumer group; partition: the partition of the input."""

    first: NonNegativeInt
    """The offset of the transaction's first input record. All earlier records belong to earlier transactions."""
    last: NonNegativeInt
    """The offset of the transaction's last input record."""
    timestamp: NonNegativeInt
    """The broker's timestamp of the last record, in milliseconds since the epoch."""
    digest: str
    """The digest of the last record's key and value.

    With the timestamp it shows that the input topic was deleted and created again, even if the same records then have
    the same offsets.
    """
    outputs: tuple[OutputPosition, ...]
    """The last record that the transaction wrote, for each partition that it wrote to."""
