"""A dead letter, decoded from its record on a dead-letter topic."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from pydantic import AwareDatetime, Base64Bytes, NonNegativeInt

from services.contracts.base import Contract
from services.outcomes import Reason, Stage


class DeadLetter(Contract):
    """A record that could not be processed, as tools show it.

    On Kafka it has the key, bytes, headers and timestamp of the original record; added headers have the other fields.
    """

    topic: str
    """The topic from which the record was read."""
    partition: NonNegativeInt
    """The partition of the original record."""
    offset: NonNegativeInt
    """The offset of the original record."""
    reason: Reason
    """The reason, from the closed list."""
    stage: Stage
    """The stage that failed."""
    exception: str
    """The class name of the exception."""
    message: str
    """The message of the exception."""
    attempt: NonNegativeInt
    """The number of the attempt that failed, from 1."""
    timestamp: AwareDatetime | None = None
    """The timestamp of the original record."""
    key: Base64Bytes | None = None
    """The key of the original record, in base64."""
    value: Base64Bytes | None = None
    """The bytes of the original record, in base64; null for a tombstone."""

    @classmethod
    def from_record(
        cls,
        headers: Iterable[tuple[str, bytes | None]],
        key: bytes | None,
        value: bytes | None,
        timestamp: AwareDatetime | None,
    ) -> DeadLetter:
        """Decode a record of a dead-letter topic. Raises KeyError or ValueError if it is not a dead letter."""
        names = {name: content.decode(errors="replace") for name, content in headers if content is not None}
        return cls(
            topic=names["__streams.errors.topic"],
            partition=int(names["__streams.errors.partition"]),
            offset=int(names["__streams.errors.offset"]),
            reason=Reason(names["x-copydesk-reason"]),
            stage=Stage(names["x-copydesk-stage"]),
            exception=names["__streams.errors.exception"],
            message=names["__streams.errors.message"],
            attempt=int(names["x-copydesk-attempt"]),
            timestamp=timestamp,
            key=base64.b64encode(key) if key is not None else None,
            value=base64.b64encode(value) if value is not None else None,
        )
