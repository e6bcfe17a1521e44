"""The records that a stage consumes and produces, and the dead letter for a record that cannot be processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contracts.headers import OMITTED_HEADER, Failure, build_dead_letter_headers
from services.contracts.topics import MAX_DEAD_LETTER_BYTES, dead_letter_topic
from services.errors import CopydeskError
from services.outcomes import Reason, Stage

RecordHeaders = Sequence[tuple[str, bytes | None]]
"""The headers of a record in Kafka's form: a name may occur twice, and a value may be null."""

RECORD_OVERHEAD_BYTES = 512
"""Upper bound of the bytes that a batch and a record need in addition to key, value and headers. Record format v2 needs
61 bytes for the batch and about 40 for the record."""
HEADER_OVERHEAD_BYTES = 10
"""Upper bound of the two lengths that precede a header's name and value."""
UTF8_BYTES_PER_CHARACTER = 3
"""Upper bound of the bytes of one character of a header name, for all characters of the Basic Multilingual Plane."""


class ConsumedRecord(Protocol):
    """A record as a stage reads it; aiokafka's ConsumerRecord and faust's message have these attributes."""

    @property
    def topic(self) -> str:
        """Topic that the record was read from."""

    @property
    def partition(self) -> int:
        """Number of the partition in the topic."""

    @property
    def offset(self) -> int:
        """Offset of the record in the partition."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch."""

    @property
    def key(self) -> bytes | None:
        """Key of the record, if it has one."""

    @property
    def value(self) -> bytes | None:
        """Value of the record; None is a tombstone."""

    @property
    def headers(self) -> RecordHeaders:
        """Headers of the record, in order."""


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """A record to write."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders = ()
    partition: int | None = None
    """Number of the partition; with None the key decides."""
    timestamp_ms: int | None = None
    """Milliseconds since the epoch; with None the time of sending."""


def describe_failure(error: BaseException, stage: Stage, *, attempt: int = 1) -> Failure:
    """Return why and where processing failed: the reason of an error of ours, `unexpected` for every other."""
    reason = error.reason if isinstance(error, CopydeskError) else Reason.UNEXPECTED
    return Failure(reason, stage, type(error).__name__, str(error), attempt)


def build_dead_letter(record: ConsumedRecord, failure: Failure) -> OutputRecord:
    """Return the dead letter of a record: its key, value, headers and timestamp, and the failure's headers.

    A compressed record may unpack to any size. When the dead letter would be too large for its topic, key, value and
    the original headers are left out, `x-copydesk-omitted` says so, and the headers name the offset of the original.
    """
    headers = build_dead_letter_headers(
        record.headers, failure, topic=record.topic, partition=record.partition, offset=record.offset
    )
    whole = OutputRecord(
        dead_letter_topic(record.topic), record.key, record.value, headers, timestamp_ms=record.timestamp
    )
    if measure_record(whole) <= MAX_DEAD_LETTER_BYTES:
        return whole
    added = headers[len(record.headers) :]
    omitted = f"value of {len(record.value or b'')} bytes, key, headers".encode()
    return OutputRecord(whole.topic, None, b"", (*added, (OMITTED_HEADER, omitted)), timestamp_ms=record.timestamp)


def measure_record(output: OutputRecord) -> int:
    """Return an upper bound of the bytes that the record needs when it is alone in an uncompressed batch."""
    total = RECORD_OVERHEAD_BYTES + len(output.key or b"") + len(output.value or b"")
    for name, value in output.headers:
        total += HEADER_OVERHEAD_BYTES + UTF8_BYTES_PER_CHARACTER * len(name) + len(value or b"")
    return total
