"""Decoding of what match reads: it accepts and rejects the same values as the contract."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.contracts.state.verdict_log import VerdictRecord
from services.errors import PermanentError
from services.outcomes import Reason
from services.processor.match.decoding import decode_annotated, decode_verdict
from tests.support.annotated import build_annotated
from tests.support.source_records import Record
from tests.unit.enrichment.test_structs import compare

MINIMAL = (
    b'{"id":"a","event_time_ms":1,"signature":{"content_hash":"00","shingles":0},"duplicate":{"verdict":"original"}}'
)


def test_unknown_fields_are_ignored_and_absent_ones_have_their_default() -> None:
    """Unknown fields are ignored and absent fields have their default, as in every reader of contracts."""
    record = VerdictRecord.model_validate_json(MINIMAL)
    compare(decode_verdict(MINIMAL), record)
    compare(decode_verdict(MINIMAL.replace(b'{"id"', b'{"later":[1],"id"')), record)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"id":1}',
        b"\xff",
        b'{"id":"\xff"}',
        MINIMAL.replace(b":1,", b":-1,"),
        MINIMAL.replace(b"original", b"odd"),
        b'{"id":' + b"[" * 100_000,
    ],
)
def test_an_invalid_record_is_rejected(value: bytes) -> None:
    """Broken JSON, broken UTF-8, absent fields and values out of bounds are rejected, as by the contract."""
    with pytest.raises(ValidationError):
        VerdictRecord.model_validate_json(value)
    with pytest.raises(PermanentError, match="not a record of the verdict log"):
        decode_verdict(value)


def test_values_that_pydantic_converts_are_accepted() -> None:
    """An annotated article whose numbers are written as text is decoded as pydantic decodes it."""
    article = build_annotated(1)
    shingles = article.signature.shingles
    value = article.to_bytes().replace(f'"shingles":{shingles}'.encode(), f'"shingles":"{shingles}"'.encode())
    assert value != article.to_bytes()
    compare(decode_annotated(Record(value)), article)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.TOMBSTONE),
        (b"", Reason.EMPTY),
        (b"{", Reason.INVALID_JSON),
        (b'{"id":"\xff"}', Reason.NOT_UTF8),
        (b"{}", Reason.INVALID_ARTICLE),
        (b'{"article":' * 100_000, Reason.INVALID_JSON),
    ],
    ids=["tombstone", "empty", "open", "not-utf8", "no-fields", "deep"],
)
def test_a_record_that_is_no_article_is_rejected_with_its_reason(value: bytes | None, reason: Reason) -> None:
    """A record that is no annotated article raises PermanentError with the reason that pydantic finds."""
    with pytest.raises(PermanentError) as raised:
        decode_annotated(Record(value))
    assert raised.value.reason == reason
