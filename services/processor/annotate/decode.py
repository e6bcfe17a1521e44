"""Bytes of the raw topic to a raw article, or the reason why not. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import UTC

from pydantic import ValidationError
from pydantic_core import from_json

from services.contracts.headers import RAW_TYPE, find_header
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.outcomes import Reason, Stage

INVISIBLE = frozenset("CZ")
"""Unicode general categories of what leaves no ink: control, format, surrogate, unassigned; separators."""


def screen(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], *, max_bytes: int) -> bytes:
    """The bytes worth decoding. Raises PermanentError: tombstone, empty, too_large, unknown_version.

    Nothing is parsed here, so that it may run on the event loop. A record without `ce_type` is taken as this
    version, since a producer need not know CloudEvents.
    """
    if value is None:
        raise _reject(Reason.TOMBSTONE, "the record has a null value")
    if not value:
        raise _reject(Reason.EMPTY, "the record has no bytes")
    if len(value) > max_bytes:
        raise _reject(Reason.TOO_LARGE, f"{len(value)} bytes; at most {max_bytes} are parsed")
    declared = find_header(headers, "ce_type")
    if declared is not None and declared != RAW_TYPE.encode():
        raise _reject(Reason.UNKNOWN_VERSION, f"ce_type is {declared[:100]!r}; this build reads {RAW_TYPE}")
    return value


def decode(value: bytes) -> RawArticle:
    """The article.

    Raises PermanentError: not_utf8, invalid_json, invalid_article (naming the field), empty, too_large.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _reject(Reason.NOT_UTF8, f"byte {error.start}: {error.reason}") from error
    try:
        parsed = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise _reject(Reason.INVALID_JSON, str(error)) from error
    try:
        article = RawArticle.model_validate(parsed)
    except ValidationError as error:
        raise _explain(error) from error
    _check_times(article)
    if not has_visible(article.content):
        raise _reject(Reason.EMPTY, "content has no visible character")
    return article


def identify(value: bytes) -> tuple[RawArticle, str]:
    """The article and its id, which is of its content whatever the record's key. Raises PermanentError as `decode`."""
    article = decode(value)
    try:
        return article, derive_article_id(article)
    except ValueError as error:
        raise _reject(Reason.INVALID_ARTICLE, f"url: cannot be made canonical: {error}") from error


def has_visible(text: str) -> bool:
    """Whether any character leaves ink."""
    return any(unicodedata.category(character)[0] not in INVISIBLE for character in text)


def _check_times(article: RawArticle) -> None:
    for name in ("published_at", "fetched_at"):
        try:
            if (value := getattr(article, name)) is not None:
                value.astimezone(UTC)
        except OverflowError as error:
            raise _reject(Reason.INVALID_ARTICLE, f"{name}: is outside the years 1 to 9999") from error


def _explain(error: ValidationError) -> PermanentError:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    kinds = {(".".join(map(str, problem["loc"])), problem["type"]) for problem in problems}
    reason = Reason.INVALID_ARTICLE
    if kinds == {("content", "string_too_short")}:
        reason = Reason.EMPTY
    elif kinds == {("content", "string_too_long")}:
        reason = Reason.TOO_LARGE
    said = "; ".join(f"{'.'.join(map(str, problem['loc'])) or 'article'}: {problem['msg']}" for problem in problems)
    return _reject(reason, said)


def _reject(reason: Reason, message: str) -> PermanentError:
    return PermanentError(message, reason=reason, stage=Stage.ANNOTATE)
