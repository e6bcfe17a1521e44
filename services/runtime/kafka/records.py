"""Dead letters: what cannot be processed, as it came, with why beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contracts.headers import Failure, build_dead_letter_headers
from services.contracts.topics import MAX_DEAD_LETTER_BYTES, dead_letter_topic
from services.errors import CopydeskError
from services.outcomes import Reason, Stage

RecordHeaders = Sequence[tuple[str, bytes | None]]
"""As Kafka has them: a name may come twice, a value may be null."""

RECORD_OVERHEAD_BYTES = 512
"""Upper bound of what a batch and a record take beside key, value and headers (record format v2: 61 and some 40)."""
HEADER_OVERHEAD_BYTES = 10
"""Upper bound of the two lengths in front of a header's name and value."""


class ConsumedRecord(Protocol):
    """What is read of a consumed record; aiokafka's ConsumerRecord is one, and faust's message too."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> RecordHeaders: ...


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """A record to be written."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders = ()
    partition: int | None = None
    """None leaves it to the key."""
    timestamp_ms: int | None = None
    """Milliseconds since the epoch; None takes the time of sending."""


def describe_failure(error: BaseException, stage: Stage, *, attempt: int = 1) -> Failure:
    """Why and where, of an exception: one of ours says its reason, every other is `unexpected`."""
    reason = error.reason if isinstance(error, CopydeskError) else Reason.UNEXPECTED
    return Failure(reason, stage, type(error).__name__, str(error), attempt)


def build_dead_letter(record: ConsumedRecord, failure: Failure) -> OutputRecord:
    """The record for the dead-letter topic: original key, value, headers and timestamp, and the failure's headers.

    Where even that is more than the topic takes (a compressed record may unpack to any size), headers or value stay
    out, `x-copydesk-omitted` says so, and the original is found by the offset that the headers name.
    """
    headers = build_dead_letter_headers(
        record.headers, failure, topic=record.topic, partition=record.partition, offset=record.offset
    )
    whole = OutputRecord(
        dead_letter_topic(record.topic), record.key, record.value, headers, timestamp_ms=record.timestamp
    )
    if measure(whole) <= MAX_DEAD_LETTER_BYTES:
        return whole
    added = headers[len(record.headers) :]
    omitted = f"value of {len(record.value or b'')} bytes, key, headers".encode()
    return OutputRecord(
        whole.topic, None, b"", (*added, ("x-copydesk-omitted", omitted)), timestamp_ms=record.timestamp
    )


def measure(output: OutputRecord) -> int:
    """Upper bound of the bytes that the record takes alone in an uncompressed batch."""
    total = RECORD_OVERHEAD_BYTES + len(output.key or b"") + len(output.value or b"")
    for name, value in output.headers:
        total += HEADER_OVERHEAD_BYTES + 3 * len(name) + len(value or b"")
    return total
