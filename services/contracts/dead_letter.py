"""A dead letter, decoded from its record on a dead-letter topic."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pydantic import AwareDatetime, Base64Bytes, NonNegativeInt

from services.contracts.base import Contract
from services.contracts.headers import ATTEMPT_HEADER, ERROR_PREFIX, REASON_HEADER, STAGE_HEADER, restore_headers
from services.outcomes import Reason, Stage


class DeadLetterHeader(Contract):
    """A header of the original record."""

    name: str
    """The name. Bytes that are not UTF-8 are written as escapes."""
    value: Base64Bytes | None = None
    """The value, in base64; null if the header has none."""


class DeadLetter(Contract):
    """A record that could not be processed, as tools show it.

    On Kafka it has the key, bytes, headers and timestamp of the original record; added headers have the other fields.
    """

    id: str | None = None
    """The place of the dead letter itself: dead-letter topic, partition and offset, separated by slashes."""
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
    headers: tuple[DeadLetterHeader, ...] = ()
    """The headers of the original record, in order."""

    @classmethod
    def from_record(
        cls,
        headers: Sequence[tuple[str, bytes | None]],
        key: bytes | None,
        value: bytes | None,
        timestamp: AwareDatetime | None,
        *,
        letter_id: str | None = None,
    ) -> DeadLetter:
        """Decode a record of a dead-letter topic. Raises KeyError or ValueError if it is not a dead letter."""
        names = {name: content.decode(errors="replace") for name, content in headers if content is not None}
        return cls(
            id=letter_id,
            topic=names[f"{ERROR_PREFIX}topic"],
            partition=int(names[f"{ERROR_PREFIX}partition"]),
            offset=int(names[f"{ERROR_PREFIX}offset"]),
            reason=Reason(names[REASON_HEADER]),
            stage=Stage(names[STAGE_HEADER]),
            exception=names[f"{ERROR_PREFIX}exception"],
            message=names[f"{ERROR_PREFIX}message"],
            attempt=int(names[ATTEMPT_HEADER]),
            timestamp=timestamp,
            key=_encode(key),
            value=_encode(value),
            headers=tuple(
                DeadLetterHeader(name=name, value=_encode(content)) for name, content in restore_headers(headers)
            ),
        )


class ReplayMark(Contract):
    """The note that a dead letter was sent back to its source topic. Key: the dead letter's id. Internal.

    The transaction that sends the record back also writes the note, so that there is never one without the other.
    """

    id: str
    """The id of the dead letter."""
    digest: str
    """The digest of the dead letter, because a topic that was deleted and created again has the same offsets."""
    topic: str
    """The topic to which the record was sent."""
    partition: NonNegativeInt
    """The partition to which the record was sent."""
    is_edited: bool
    """True if the record was sent with another value than the original one."""
    replayed_at: AwareDatetime
    """The time at which the record was sent."""


def _encode(content: bytes | None) -> bytes | None:
    return base64.b64encode(content) if content is not None else None
