"""Record headers: CloudEvents 1.0 in Kafka's binary mode, W3C Trace Context, dead letters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from services.outcomes import Reason, Stage

Headers = tuple[tuple[str, bytes], ...]

RAW_TYPE = "news.article.raw.v1"
ANNOTATED_TYPE = "news.article.annotated.v1"
ENRICHED_TYPE = "news.article.enriched.v1"
VERDICT_TYPE = "news.article.verdict.v1"
RETRACTED_TYPE = "news.article.retracted.v1"
RETRACTION_REQUEST_TYPE = "news.retraction.requested.v1"
RETRACTION_ORDER_TYPE = "news.retraction.ordered.v1"
STORY_TYPE = "news.story.v1"
MENTION_TYPE = "news.mention.v1"
SCHEMA_BASE = "urn:copydesk:schema:"
ROUTE_HEADER = "x-copydesk-route"
"""Header of a routed event: the name of its route."""
ROUTES_HEADER = "x-copydesk-routes"
"""Header of a retraction on the enriched topic: the routes of the article, separated by commas."""
RULES_HEADER = "x-copydesk-rules"
"""Header of a routed event: the version of the rules that chose its route."""

TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""Form of a traceparent in W3C Trace Context level 1, version 00."""

LOG_TIME = re.compile(rb"[0-9]{1,15}")
"""Form of the header with the log time."""

MAX_MESSAGE_CHARACTERS = 1_000


def build_headers(
    *, event_type: str, article_id: str, stage: Stage, time: datetime | None = None, traceparent: bytes | None = None
) -> Headers:
    """Return the headers of an event: CloudEvents 1.0 attributes as `ce_` headers (Kafka protocol binding), UTF-8.

    `time` is when the article arrived on the raw topic, not when this record is written, so that processing an article
    twice gives equal bytes.
    """
    source, kind, schema = _describe_type(event_type, stage)
    encoded_id = article_id.encode()
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", encoded_id),
        source,
        kind,
        ("ce_subject", encoded_id),
        schema,
        ("content-type", b"application/json"),
        ("traceparent", traceparent or derive_traceparent(article_id)),
    )
    if time is None:
        return headers
    written = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (*headers, ("ce_time", written.encode()))


@cache
def _describe_type(event_type: str, stage: Stage) -> Headers:
    """Return the headers that all events of a type have in common."""
    return (
        ("ce_source", f"copydesk/{stage}".encode()),
        ("ce_type", event_type.encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{event_type}".encode()),
    )


def derive_traceparent(article_id: str) -> bytes:
    """Return a traceparent for an article that has none. It depends on the id alone, so that a retry has the same."""
    digest = hashlib.blake2b(article_id.encode(), digest_size=24, person=b"copydesk-trace").hexdigest()
    return f"00-{digest[:32]}-{digest[32:]}-01".encode()


def find_header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    """Return the first value with this name, or None."""
    return next((value for key, value in headers if key == name and value is not None), None)


def has_type(headers: Iterable[tuple[str, bytes | None]], event_type: str) -> bool:
    """Return whether a record says that it is of this type. A producer need not say any."""
    return find_header(headers, "ce_type") == event_type.encode()


def find_traceparent(headers: Iterable[tuple[str, bytes | None]]) -> bytes | None:
    """Return the sender's traceparent, or None if it is missing, malformed, or all zeros."""
    value = find_header(headers, "traceparent")
    if value is None or not TRACEPARENT.fullmatch(value):
        return None
    _, trace, span, _ = value.split(b"-")
    return None if set(trace) == {0x30} or set(span) == {0x30} else value


LOG_TIME_HEADER = "x-copydesk-log-time"
"""Header of a record that a replay wrote: when the raw topic got the article first, in milliseconds since the epoch."""
REVISION_HEADER = "x-copydesk-revision"
"""Header of an event that replaces an earlier one of the same article: the number of its revision."""
REASON_HEADER = "x-copydesk-reason"
STAGE_HEADER = "x-copydesk-stage"
ATTEMPT_HEADER = "x-copydesk-attempt"
OMITTED_HEADER = "x-copydesk-omitted"
"""Header that says what a dead letter leaves out, because the whole record would be too large."""
ERROR_PREFIX = "__streams.errors."
"""Prefix of the headers of KIP-1034."""
FAILURE_HEADERS = frozenset(
    {
        *(f"{ERROR_PREFIX}{name}" for name in ("topic", "partition", "offset", "exception", "message")),
        REASON_HEADER,
        STAGE_HEADER,
        ATTEMPT_HEADER,
        OMITTED_HEADER,
    }
)
"""Names of the headers that a failure adds to the original ones."""


def find_log_time(headers: Iterable[tuple[str, bytes | None]], timestamp_ms: int) -> int | None:
    """Return when the raw topic got the article of a replayed record first, in milliseconds since the epoch.

    Returns None for a record that no replay wrote, and for a header that is no time or names one after `timestamp_ms`,
    the record's own timestamp: a clock was wrong then, and the record counts from its own timestamp.
    """
    value = find_header(headers, LOG_TIME_HEADER)
    if value is None or not LOG_TIME.fullmatch(value) or int(value) > timestamp_ms:
        return None
    return int(value)


def is_replayed(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """Return whether a record, or the record from which it was made, was written by a replay."""
    return find_header(headers, LOG_TIME_HEADER) is not None


def list_replay_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """Return the headers by which the outputs of a replayed record show that they are from a replay."""
    value = find_header(headers, LOG_TIME_HEADER)
    return ((LOG_TIME_HEADER, value),) if value is not None else ()


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why a record became a dead letter, and the stage where that happened."""

    reason: Reason
    stage: Stage
    exception: str
    """The class name of the exception."""
    message: str
    """The message of the exception; its first 1,000 characters become the header."""
    attempt: int = 1


def build_dead_letter_headers(
    original: Sequence[tuple[str, bytes | None]], failure: Failure, *, topic: str, partition: int, offset: int
) -> tuple[tuple[str, bytes | None], ...]:
    """Return the original headers, followed by the failure's headers (`__streams.errors.` of KIP-1034, `x-copydesk-`).

    Headers of an earlier failure stay in front, because the first failure is the most useful one.
    """
    added = {
        f"{ERROR_PREFIX}topic": topic,
        f"{ERROR_PREFIX}partition": str(partition),
        f"{ERROR_PREFIX}offset": str(offset),
        f"{ERROR_PREFIX}exception": failure.exception,
        f"{ERROR_PREFIX}message": failure.message[:MAX_MESSAGE_CHARACTERS],
        REASON_HEADER: failure.reason.value,
        STAGE_HEADER: failure.stage.value,
        ATTEMPT_HEADER: str(failure.attempt),
    }
    return (*original, *((name, value.encode(errors="replace")) for name, value in added.items()))


def restore_headers(headers: Sequence[tuple[str, bytes | None]]) -> tuple[tuple[str, bytes | None], ...]:
    """Return the original headers of a dead letter: all but those that its failure has added at the end."""
    end = len(headers)
    added: set[str] = set()
    while end and (name := headers[end - 1][0]) in FAILURE_HEADERS - added:
        added.add(name)
        end -= 1
    return tuple(headers[:end])
