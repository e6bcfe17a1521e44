"""The form of a record in the archive: one line of JSON that gives back every byte of the record.

    {"partition": 2, "offset": 7, "timestamp": 1790000000000, "key": "...", "headers": [["ce_type", "..."]],
     "value": "..."}

A text is the bytes in UTF-8. Bytes that are not UTF-8 are `{"base64": "..."}`, and null is null.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from services.runtime.kafka.records import ConsumedRecord, RecordHeaders


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """A record of the raw topic, as it was read from the archive."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since the epoch."""
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders


def encode_line(record: ConsumedRecord) -> bytes:
    """Return the line of a record, with its line feed."""
    fields = {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _encode(record.key),
        "headers": [[name, _encode(value)] for name, value in record.headers],
        "value": _encode(record.value),
    }
    return to_json(fields) + b"\n"


def decode_line(line: bytes, topic: str) -> ArchivedRecord:
    """Return the record of a line. Raises ValueError if the line is damaged."""
    try:
        fields = from_json(line)
        return ArchivedRecord(
            topic,
            int(fields["partition"]),
            int(fields["offset"]),
            int(fields["timestamp"]),
            _decode(fields["key"]),
            _decode(fields["value"]),
            tuple((str(name), _decode(value)) for name, value in fields["headers"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record of the archive: {error!r}") from error


def _encode(content: bytes | None) -> str | dict[str, str] | None:
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _decode(content: str | dict[str, str] | None) -> bytes | None:
    if content is None:
        return None
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"], validate=True)
