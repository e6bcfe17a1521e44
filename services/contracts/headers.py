"""Record headers: CloudEvents 1.0 in Kafka's binary mode, W3C trace context, and the dead letters'."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.outcomes import Reason, Stage

Headers = tuple[tuple[str, bytes], ...]

RAW_TYPE = "news.article.raw.v1"
ANNOTATED_TYPE = "news.article.annotated.v1"
ENRICHED_TYPE = "news.article.enriched.v1"
VERDICT_TYPE = "news.article.verdict.v1"
SCHEMA_BASE = "urn:copydesk:schema:"

TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context level 1, version 00."""


def build_headers(
    *, event_type: str, article_id: str, stage: Stage, time: datetime | None, traceparent: bytes | None
) -> Headers:
    """CloudEvents 1.0 binary mode (Kafka protocol binding): attributes as `ce_` headers, UTF-8.

    `time` is that of the article's arrival on the raw topic and not of this record, so that working on an
    article twice gives equal bytes.
    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", article_id.encode()),
        ("ce_source", f"copydesk/{stage}".encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", article_id.encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{event_type}".encode()),
        ("content-type", b"application/json"),
        ("traceparent", traceparent or derive_traceparent(article_id)),
    ]
    if time is not None:
        headers.append(
            ("ce_time", time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode())
        )
    return tuple(headers)


def derive_traceparent(article_id: str) -> bytes:
    """A trace of its own for an article that came without one; derived from its id, so that a retry joins it."""
    digest = hashlib.blake2b(article_id.encode(), digest_size=24, person=b"copydesk-trace").hexdigest()
    return f"00-{digest[:32]}-{digest[32:]}-01".encode()


def find_header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    """The first value under a name, or None."""
    return next((value for key, value in headers if key == name and value is not None), None)


def find_traceparent(headers: Iterable[tuple[str, bytes | None]]) -> bytes | None:
    """The sender's traceparent, when it is well-formed and not all zeros."""
    value = find_header(headers, "traceparent")
    if value is None or not TRACEPARENT.fullmatch(value):
        return None
    _, trace, span, _ = value.split(b"-")
    return None if set(trace) == {0x30} or set(span) == {0x30} else value


@dataclass(frozen=True, slots=True)
class Failure:
    """Why and where a record came to the dead letters."""

    reason: Reason
    stage: Stage
    exception: str
    """Class name of the exception."""
    message: str
    """What it said, at most 1,000 characters."""
    attempt: int = 1


def build_dead_letter_headers(
    original: Sequence[tuple[str, bytes | None]], failure: Failure, *, topic: str, partition: int, offset: int
) -> tuple[tuple[str, bytes | None], ...]:
    """The original headers, then the failure's, under the names of Kafka Streams (KIP-1034) and `x-copydesk-`.

    Headers of an earlier failure stay in front: the first failure is the one to read first.
    """
    added = {
        "__streams.errors.topic": topic,
        "__streams.errors.partition": str(partition),
        "__streams.errors.offset": str(offset),
        "__streams.errors.exception": failure.exception,
        "__streams.errors.message": failure.message[:1_000],
        "x-copydesk-reason": failure.reason.value,
        "x-copydesk-stage": failure.stage.value,
        "x-copydesk-attempt": str(failure.attempt),
    }
    return (*original, *((name, value.encode(errors="replace")) for name, value in added.items()))
