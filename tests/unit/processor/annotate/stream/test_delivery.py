"""The output record of each result."""

from __future__ import annotations

from services.contracts import topics
from services.contracts.headers import Failure, derive_traceparent
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.outcomes import Reason, Stage
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.stream.delivery import build_output, build_output_or_dead_letter
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RECORD = RawRecord(
    "raw", 3, 42, 1_700_000_000_123, b"key", b"value", (("traceparent", TRACE), ("x", None)), lambda: None
)
ANNOTATION = AnnotatedJob("id", "en", "en", b"{}", (), (), 0.0)


def test_shard() -> None:
    """The map and the deciding language choose the partition, whatever language the article is published with."""
    unknown = ANNOTATION._replace(shard_language="und")
    assert build_output(RECORD, unknown, DECLARED_SHARDS).partition == DECLARED_SHARDS.shards["und"]
    shards = ShardMap(shards={"en": 0, "it": 2}, other=1, count=3)
    assert [
        build_output(RECORD, ANNOTATION._replace(shard_language=code), shards).partition
        for code in ("en", "it-CH", "und", "sw")
    ] == [0, 2, 1, 1]


def test_annotated() -> None:
    """An annotated article has its id as the key, its arrival on the raw topic as the time, and the sender's trace."""
    output = build_output(RECORD, ANNOTATION, DECLARED_SHARDS)
    headers = dict(output.headers)
    assert (output.topic, output.key, output.value) == (topics.ANNOTATED, b"id", b"{}")
    assert headers["ce_time"] == b"2023-11-14T22:13:20.123Z"
    assert headers["traceparent"] == TRACE
    assert dict(build_output(RECORD._replace(headers=()), ANNOTATION, DECLARED_SHARDS).headers)[
        "traceparent"
    ] == derive_traceparent("id")


def test_dead_letter() -> None:
    """A failed job becomes a dead letter of the raw topic with the original record."""
    record = RECORD._replace(topic=topics.RAW)
    failure = Failure(Reason.WORKER_DIED, Stage.ANNOTATE, "WorkerLostError", "gone", attempt=2)
    output = build_output(record, FailedJob(failure), DECLARED_SHARDS)
    assert (output.topic, output.key, output.value) == (topics.dead_letter_topic(topics.RAW), b"key", b"value")
    assert output.timestamp_ms == record.timestamp
    assert tuple(output.headers)[:2] == record.headers
    assert dict(output.headers)["x-copydesk-attempt"] == b"2"


def test_too_large_to_send() -> None:
    """An annotated article that is too large for its topic becomes a dead letter (too_large)."""
    record = RECORD._replace(topic=topics.RAW)
    result, output = build_output_or_dead_letter(
        record, ANNOTATION._replace(value=b"x" * topics.MAX_RECORD_BYTES), DECLARED_SHARDS
    )
    assert isinstance(result, FailedJob)
    assert result.failure.reason is Reason.TOO_LARGE
    assert (output.topic, output.value) == (topics.dead_letter_topic(topics.RAW), b"value")
    result, output = build_output_or_dead_letter(record, ANNOTATION, DECLARED_SHARDS)
    assert (result, output.topic) == (ANNOTATION, topics.ANNOTATED)
