"""From a consumed record to a contract."""

from __future__ import annotations

from typing import TypeVar

from services.contracts import decoding
from services.contracts.base import Contract
from services.runtime.kafka.records import SourceRecord

C = TypeVar("C", bound=Contract)


def decode(cls: type[C], record: SourceRecord, event_type: str) -> C:
    """The record's value as a contract. Raises PermanentError with the reason, as `contracts.decoding` names them."""
    return decoding.decode(cls, decoding.screen(record.value, record.headers, event_type))
