"""A dead letter, read back: what lies on a dead-letter topic, decoded from its record."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from pydantic import AwareDatetime, Base64Bytes

from services.contracts.base import Contract
from services.contracts.event import Position
from services.outcomes import Reason, Stage


class DeadLetter(Contract):
    """What could not be processed. On Kafka the key, bytes, headers and timestamp are the original record's own
    and the rest stands in added headers; this is the form in which tools show it."""

    topic: str
    """The topic it was read from."""
    partition: Position
    """Its partition there."""
    offset: Position
    """Its offset there."""
    reason: Reason
    """A slug from the closed list."""
    stage: Stage
    """Where it failed."""
    exception: str
    """Class name."""
    message: str
    """What the exception said."""
    attempt: Position
    """At which attempt, from 1."""
    timestamp: AwareDatetime | None = None
    """The original record's."""
    key: Base64Bytes | None = None
    """The original key, base64."""
    value: Base64Bytes | None = None
    """The original bytes, base64; null for a tombstone."""

    @classmethod
    def from_record(
        cls,
        headers: Iterable[tuple[str, bytes | None]],
        key: bytes | None,
        value: bytes | None,
        timestamp: AwareDatetime | None,
    ) -> DeadLetter:
        """Decode a record of a dead-letter topic. Raises KeyError or ValueError where it is none."""
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
