"""Records of the raw topic, free of the library that fetched them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from services.runtime.kafka.records import RecordHeaders


class RawRecord(NamedTuple):
    """A record of the raw topic, and the way to acknowledge it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since the epoch: when the broker appended the record."""
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders
    acknowledge: Callable[[], object]
    """Marks the record as done; the next commit may then include its offset."""


def acknowledge(records: Iterable[RawRecord]) -> None:
    """Acknowledge all records, without an await in between, so that no commit falls between two of them."""
    for record in records:
        record.acknowledge()
