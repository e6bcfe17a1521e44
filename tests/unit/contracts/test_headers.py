"""Record headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.contracts.dead_letter import DeadLetter
from services.contracts.headers import (
    ENRICHED_TYPE,
    Failure,
    build_dead_letter_headers,
    build_headers,
    derive_traceparent,
    find_header,
    find_log_time,
    find_traceparent,
)
from services.outcomes import Reason, Stage

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_cloudevents_attributes_are_there() -> None:
    """The required attributes of CloudEvents 1.0 and the content type are headers, in UTF-8."""
    time = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    headers = dict(
        build_headers(event_type=ENRICHED_TYPE, article_id="a1", stage=Stage.MATCH, time=time, traceparent=TRACE)
    )
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == headers["ce_subject"] == b"a1"
    assert headers["ce_type"] == b"news.article.enriched.v1"
    assert headers["ce_time"] == b"2026-01-02T03:04:05.678Z"
    assert headers["content-type"] == b"application/json"
    assert headers["traceparent"] == TRACE


@pytest.mark.parametrize(
    "value", [None, b"", b"garbage", b"01-" + TRACE[3:], b"00-" + b"0" * 32 + TRACE[35:], TRACE.upper()]
)
def test_malformed_traceparent_is_not_carried(value: bytes | None) -> None:
    """A traceparent that W3C Trace Context forbids is ignored."""
    assert find_traceparent([("traceparent", value)]) is None


def test_derived_traceparent_is_well_formed() -> None:
    """The derived traceparent of an article is valid, and the same each time."""
    derived = derive_traceparent("a1")
    assert find_traceparent([("traceparent", derived)]) == derived == derive_traceparent("a1")


@pytest.mark.parametrize(
    ("value", "found"),
    [(b"1000", 1_000), (b"0", 0), (b"5000", 5_000), (b"5001", None), (b"", None), (b"-1", None), (b"9" * 40, None)],
)
def test_log_time_is_never_after_the_record(value: bytes, found: int | None) -> None:
    """A log time counts if it is a time that is not after the record's own timestamp, else the record's own counts."""
    assert find_log_time([("x-copydesk-log-time", value)], 5_000) == found


def test_dead_letter_is_read_back() -> None:
    """A dead letter keeps the original headers, and decoding gives topic, offset, reason and bytes."""
    failure = Failure(Reason.NOT_UTF8, Stage.ANNOTATE, "UnicodeDecodeError", "invalid start byte ü")
    headers = build_dead_letter_headers([("mine", b"1")], failure, topic="t", partition=3, offset=42)
    letter = DeadLetter.from_record(headers, None, b"\xff\xfe", None)
    assert find_header(headers, "mine") == b"1"
    assert (letter.topic, letter.partition, letter.offset) == ("t", 3, 42)
    assert (letter.reason, letter.stage, letter.value) == (Reason.NOT_UTF8, Stage.ANNOTATE, b"\xff\xfe")
