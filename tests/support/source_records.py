"""A consumed record, made by a test."""

from __future__ import annotations

from dataclasses import dataclass

from services.runtime.kafka.records import RecordHeaders


@dataclass(frozen=True)
class Record:
    """A record as aiokafka reads it."""

    value: bytes | None = b"{}"
    key: bytes | None = b"key"
    headers: RecordHeaders = ()
    topic: str = "input"
    partition: int = 3
    offset: int = 7
    timestamp: int = 1_700_000_000_000
