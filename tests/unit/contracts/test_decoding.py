"""Decoding of records: each way in which a record can be invalid has its reason."""

from __future__ import annotations

import pytest
from pydantic import Field

from services.contracts.base import Contract
from services.contracts.decoding import decode_record
from services.errors import PermanentError
from services.outcomes import Reason

TYPE = "news.thing.v1"


class Thing(Contract):
    """A small contract."""

    id: str
    share: float = Field(default=0.5, ge=0, le=1)


def fail(value: bytes | None, ce_type: bytes | None = None) -> PermanentError:
    """Return the error of decoding a record."""
    with pytest.raises(PermanentError) as caught:
        decode_record(Thing, value, [("ce_type", ce_type)], TYPE)
    return caught.value


def test_a_good_record_is_decoded() -> None:
    """Unknown fields are ignored, and a record without a type header is accepted."""
    assert decode_record(Thing, b'{"id": "a", "new": 1}', [], TYPE).id == "a"
    assert decode_record(Thing, b'{"id": "a"}', [("ce_type", TYPE.encode())], TYPE).id == "a"


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
    """The reason names the fault in the bytes, from the closed list."""
    assert fail(value).reason is reason


def test_another_version_is_rejected() -> None:
    """An event type that this build does not read is rejected, whatever the value contains."""
    error = fail(b'{"id": "a"}', b"news.thing.v2\xff")
    assert error.reason is Reason.UNKNOWN_VERSION


def test_the_message_names_the_fields_and_shows_no_text() -> None:
    """The message names the wrong fields and contains none of the article's text, which must not reach logs."""
    message = str(fail(b'{"id": 12345678, "share": 7}'))
    assert "id:" in message and "share:" in message and "12345678" not in message
