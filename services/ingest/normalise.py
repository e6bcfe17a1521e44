"""Conversion of an article to its record on the raw topic, with id, key and headers. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.decoding import parse_json, strip_byte_order_mark
from services.contracts.headers import RAW_TYPE, RETRACTION_REQUEST_TYPE, Headers, build_headers, find_traceparent
from services.contracts.identity import derive_article_id, derive_source
from services.contracts.raw import RawArticle
from services.contracts.retraction import RetractionRequest
from services.contracts.topics import RAW, RETRACTION_REQUESTS
from services.errors import PermanentError
from services.outcomes import Reason, Stage


@dataclass(frozen=True, slots=True)
class Publication:
    """Record for the raw topic. It depends on the entry alone, so that a retry publishes the same bytes."""

    id: str
    key: bytes
    value: bytes
    headers: Headers
    source: str | None
    """Publisher of the article, for the log."""
    topic: str = RAW
    """Plain name of the topic."""


def parse_document(document: bytes) -> object:
    """Parse JSON with or without a byte order mark. Raises PermanentError (empty, not_utf8, invalid_json)."""
    stripped = strip_byte_order_mark(document)
    if not stripped.strip():
        raise PermanentError("the request body is empty", reason=Reason.EMPTY)
    return parse_json(stripped)


def build_retraction(request: RetractionRequest) -> Publication:
    """Build the record of a request to retract articles, on the topic of such requests."""
    named = request.id or request.url or request.source or ""
    headers = build_headers(event_type=RETRACTION_REQUEST_TYPE, article_id=named, stage=Stage.INGEST)
    return Publication(named, named.encode(), request.to_bytes(), headers, request.source, RETRACTION_REQUESTS)


def build_publication(article: RawArticle, *, traceparent: bytes | None = None) -> Publication:
    """Build the record of an article. A traceparent that is malformed or all zeros is ignored."""
    article_id = derive_article_id(article)
    source = derive_source(article)
    trace = find_traceparent([("traceparent", traceparent)]) if traceparent is not None else None
    return Publication(
        id=article_id,
        key=article_id.encode(),
        value=article.model_copy(update={"source": source}).to_bytes(),
        # No time: the broker stamps the records of the raw topic, and a time here would change the bytes of a retry.
        headers=build_headers(event_type=RAW_TYPE, article_id=article_id, stage=Stage.INGEST, traceparent=trace),
        source=source,
    )
