"""Dead letters keep everything that the record had."""

from __future__ import annotations

from services.contracts.topics import MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES
from services.errors import PermanentError
from services.outcomes import Reason, Stage
from services.runtime.kafka.records import OutputRecord, build_dead_letter, describe_failure, measure_record
from tests.support.source_records import Record

FAILURE = describe_failure(PermanentError("no", reason=Reason.TOMBSTONE), Stage.MATCH)


def test_key_value_headers_and_timestamp_are_unchanged() -> None:
    """A dead letter keeps null keys and values, repeated header names and null header values."""
    record = Record(value=None, key=None, headers=(("a", b"1"), ("a", None)))
    letter = build_dead_letter(record, FAILURE)
    assert (letter.topic, letter.key, letter.value, letter.timestamp_ms) == ("input.dlq", None, None, record.timestamp)
    assert letter.headers[:2] == record.headers


def test_the_failure_is_in_the_headers() -> None:
    """The headers of a dead letter name the stage, the reason, the exception, its message and the original's place."""
    headers = dict(build_dead_letter(Record(), FAILURE).headers)
    assert headers["x-copydesk-reason"] == b"tombstone"
    assert headers["x-copydesk-stage"] == b"match"
    assert headers["__streams.errors.exception"] == b"PermanentError"
    assert headers["__streams.errors.message"] == b"no"
    assert headers["__streams.errors.topic"] == b"input"
    assert (headers["__streams.errors.partition"], headers["__streams.errors.offset"]) == (b"3", b"7")


def test_a_foreign_exception_is_unexpected() -> None:
    """An exception that is not ours has the reason `unexpected`."""
    assert describe_failure(KeyError("x"), Stage.SINK).reason is Reason.UNEXPECTED


def test_the_largest_record_fits_its_dead_letter() -> None:
    """The largest record of an input topic fits the dead-letter topic with its whole value."""
    value = bytes(MAX_RECORD_BYTES - 100)
    assert build_dead_letter(Record(value), FAILURE).value == value


def test_a_record_too_large_for_any_topic_leaves_a_letter_without_its_value() -> None:
    """The dead letter of a record that unpacked to too many bytes is small and names the record's offset."""
    letter = build_dead_letter(Record(bytes(MAX_DEAD_LETTER_BYTES), headers=(("big", bytes(10)),)), FAILURE)
    assert measure_record(letter) < 10_000
    headers = dict(letter.headers)
    assert b"33619968 bytes" in (headers["x-copydesk-omitted"] or b"")
    assert headers["__streams.errors.offset"] == b"7"


def test_measure_is_an_upper_bound() -> None:
    """The measured size covers key, value, header names beyond ASCII and header values."""
    output = OutputRecord("t", b"k" * 10, b"v" * 100, (("ñ" * 5, b"h" * 7), ("n", None)))
    assert measure_record(output) >= 10 + 100 + 10 + 7 + 1
