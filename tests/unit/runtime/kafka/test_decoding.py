"""Every way in which a record can be no event, and the reason named."""

from __future__ import annotations

import pytest
from pydantic import Field

from services.contracts.base import Contract
from services.errors import PermanentError
from services.outcomes import Reason
from services.runtime.kafka.decoding import decode
from tests.support.source_records import Record

TYPE = "news.thing.v1"


class Thing(Contract):
    """A small contract."""

    id: str
    share: float = Field(default=0.5, ge=0, le=1)


def fail(record: Record) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        decode(Thing, record, TYPE)
    return caught.value


def test_a_good_record_is_decoded() -> None:
    """Unknown fields are passed over; a record without a type is taken at its word."""
    assert decode(Thing, Record(b'{"id": "a", "new": 1}'), TYPE).id == "a"
    assert decode(Thing, Record(b'{"id": "a"}', headers=[("ce_type", TYPE.encode())]), TYPE).id == "a"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.TOMBSTONE),
        (b"", Reason.EMPTY),
        (b'{"id": "\xff"}', Reason.NOT_UTF8),
        (b"\xef\xbb\xbf", Reason.INVALID_JSON),
        (b"{", Reason.INVALID_JSON),
        (b'{"id": "\\ud800"}', Reason.INVALID_JSON),
        (b"[" * 10_000, Reason.INVALID_JSON),
        (b'{"id": "a", "share": NaN}', Reason.INVALID_JSON),
        (b"null", Reason.INVALID_ARTICLE),
        (b"[]", Reason.INVALID_ARTICLE),
        (b"{}", Reason.INVALID_ARTICLE),
        (b'{"id": 1}', Reason.INVALID_ARTICLE),
        (b'{"id": "a", "share": 2}', Reason.INVALID_ARTICLE),
    ],
)
def test_each_fault_has_its_reason(value: bytes | None, reason: Reason) -> None:
    """The reason says what is wrong with the bytes, from the closed list."""
    assert fail(Record(value)).reason is reason


def test_another_version_is_not_guessed_at() -> None:
    """A type that this build does not read is refused, whatever the value says."""
    error = fail(Record(b'{"id": "a"}', headers=[("ce_type", b"news.thing.v2\xff")]))
    assert error.reason is Reason.UNKNOWN_VERSION


def test_the_message_names_the_fields_and_shows_no_text() -> None:
    """What is wrong is named by field; the article's text stays out of logs and headers."""
    message = str(fail(Record(b'{"id": 12345678, "share": 7}')))
    assert "id:" in message and "share:" in message and "12345678" not in message
