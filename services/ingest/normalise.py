"""From an entry to the record on the raw topic: validated, with its id, key and headers. Pure."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from services.contracts.headers import RAW_TYPE, Headers, build_headers, find_traceparent
from services.contracts.identity import derive_article_id, derive_source
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.ingest.entries import explain_json
from services.outcomes import Reason, Stage


class RejectedArticle(PermanentError):
    """An entry that is no article: why, and in which field where it is one field's fault."""

    def __init__(self, message: str, *, reason: Reason, field: str | None = None) -> None:
        super().__init__(message, reason=reason, stage=Stage.INGEST)
        self.field = field


@dataclass(frozen=True, slots=True)
class Publication:
    """A record for the raw topic: a pure function of the entry, so that a retry publishes the same bytes."""

    id: str
    key: bytes
    value: bytes
    headers: Headers
    source: str | None
    """The publisher, for the log."""


def parse_json(content: bytes) -> object:
    """JSON (RFC 8259) from bytes, with or without a byte order mark; of a repeated name the last value counts.

    Raises RejectedArticle: empty, not_utf8, or invalid_json, which NaN, a lone surrogate and nesting
    beyond some 200 levels are too.
    """
    document = content.removeprefix(codecs.BOM_UTF8)
    if not document.strip():
        raise RejectedArticle("nothing was sent", reason=Reason.EMPTY)
    try:
        return from_json(document, allow_inf_nan=False)
    except ValueError as error:
        reason, message = explain_json(document, error)
        raise RejectedArticle(message, reason=reason) from error


def parse_article(fields: object) -> RawArticle:
    """A validated article from parsed JSON. Raises RejectedArticle naming the first field that is wrong."""
    if not isinstance(fields, Mapping):
        raise RejectedArticle("an article must be a JSON object", reason=Reason.INVALID_ARTICLE)
    try:
        article = RawArticle.model_validate(dict(fields))
    except ValidationError as error:
        raise _explain(error.errors(include_url=False, include_input=False)[0]) from error
    _check_times(article)
    if not has_visible_character(article.content):
        raise RejectedArticle("has no visible character", reason=Reason.EMPTY, field="content")
    return article


def build_publication(article: RawArticle, *, traceparent: bytes | None = None) -> Publication:
    """The record for an article. A traceparent that is malformed or all zeros counts as absent."""
    try:
        article_id = derive_article_id(article)
    except ValueError as error:
        raise RejectedArticle(
            f"cannot be made canonical: {error}", reason=Reason.INVALID_ARTICLE, field="url"
        ) from error
    source = derive_source(article)
    trace = find_traceparent([("traceparent", traceparent)]) if traceparent is not None else None
    return Publication(
        id=article_id,
        key=article_id.encode(),
        value=article.model_copy(update={"source": source}).to_bytes(),
        # No time: the broker stamps the raw topic, and a clock here would make a retry's bytes differ.
        headers=build_headers(
            event_type=RAW_TYPE, article_id=article_id, stage=Stage.INGEST, time=None, traceparent=trace
        ),
        source=source,
    )


def has_visible_character(text: str) -> bool:
    """Whether anything would be seen: not only blanks, controls, and zero-width or other format characters."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text.strip())


def _check_times(article: RawArticle) -> None:
    for name in ("published_at", "fetched_at"):
        value = getattr(article, name)
        try:
            if value is not None:
                value.astimezone(UTC)
        except OverflowError as error:
            raise RejectedArticle(
                "is outside the years 1 to 9999", reason=Reason.INVALID_ARTICLE, field=name
            ) from error


def _explain(problem: ErrorDetails) -> RejectedArticle:
    field = ".".join(str(part) for part in problem["loc"]) or None
    kind = problem["type"]
    if kind == "string_unicode":
        return RejectedArticle("holds a lone surrogate", reason=Reason.INVALID_JSON, field=field)
    if field == "content" and kind == "string_too_short":
        return RejectedArticle("is empty", reason=Reason.EMPTY, field=field)
    if field == "content" and kind == "string_too_long":
        return RejectedArticle(problem["msg"], reason=Reason.TOO_LARGE, field=field)
    message = "is missing" if kind == "missing" else problem["msg"].removeprefix("Value error, ")
    return RejectedArticle(message, reason=Reason.INVALID_ARTICLE, field=field)
