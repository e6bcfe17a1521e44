"""From bytes to a contract, with the reason named when they are none. One way for the edge and for every topic."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from services.contracts.base import Contract
from services.contracts.headers import find_header
from services.errors import PermanentError
from services.outcomes import Reason

C = TypeVar("C", bound=Contract)

SHOWN_PROBLEMS = 3
"""Of a document that is wrong everywhere, as many are named."""
REASONS = {
    "string_unicode": Reason.INVALID_JSON,
    "string_too_short": Reason.EMPTY,
    "string_invisible": Reason.EMPTY,
    "string_too_long": Reason.TOO_LARGE,
}
"""Where the content is at fault, the kind of fault tells more than "invalid"."""


def screen(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], event_type: str) -> bytes:
    """A record's value when it is worth parsing; nothing is parsed here.

    Raises PermanentError: tombstone, empty, unknown_version. A record without `ce_type` is taken at its word,
    since a producer need not know CloudEvents.
    """
    if value is None:
        raise PermanentError("the record has a null value", reason=Reason.TOMBSTONE)
    if not value:
        raise PermanentError("the record has no bytes", reason=Reason.EMPTY)
    declared = find_header(headers, "ce_type")
    if declared is not None and declared != event_type.encode():
        shown = declared.decode(errors="replace")[:100]
        raise PermanentError(f"ce_type is {shown!r}; this build reads {event_type!r}", reason=Reason.UNKNOWN_VERSION)
    return value


def decode(cls: type[C], document: bytes) -> C:
    """A contract from JSON. Raises PermanentError: not_utf8, invalid_json, invalid_article, empty, too_large."""
    try:
        return cls.model_validate_json(document)
    except ValidationError as error:
        parse_json(document)
        raise _explain(error) from error


def parse_json(document: bytes) -> object:
    """JSON (RFC 8259), of a repeated name the last value.

    Raises PermanentError: not_utf8, or invalid_json, which NaN, a lone surrogate, a byte order mark and
    nesting beyond some 200 levels are too.
    """
    try:
        return from_json(document, allow_inf_nan=False)
    except ValueError as error:
        reason, message = explain_json(document, error)
        raise PermanentError(message, reason=reason) from error


def validate(cls: type[C], parsed: object) -> C:
    """A contract from parsed JSON.

    Raises PermanentError naming the field: invalid_article, empty, too_large, invalid_json for a lone surrogate.
    """
    if not isinstance(parsed, dict):
        raise PermanentError("must be a JSON object", reason=Reason.INVALID_ARTICLE)
    try:
        return cls.model_validate(parsed)
    except ValidationError as error:
        raise _explain(error) from error


def strip_mark(document: bytes) -> bytes:
    """The bytes without a UTF-8 byte order mark, which files have and JSON on a topic must not have."""
    return document.removeprefix(codecs.BOM_UTF8)


def explain_json(document: bytes, error: ValueError) -> tuple[Reason, str]:
    """Why JSON could not be read: its encoding or its grammar."""
    try:
        document.decode()
    except UnicodeDecodeError as undecodable:
        return Reason.NOT_UTF8, f"byte {undecodable.start} is not UTF-8"
    return Reason.INVALID_JSON, str(error)


def _explain(error: ValidationError) -> PermanentError:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    reasons = {_find_reason(problem) for problem in problems}
    return PermanentError(
        "; ".join(_describe(problem) for problem in problems[:SHOWN_PROBLEMS]),
        reason=reasons.pop() if len(reasons) == 1 else Reason.INVALID_ARTICLE,
        field=_find_field(problems[0]),
    )


def _find_reason(problem: ErrorDetails) -> Reason:
    if problem["loc"] == ("content",) or problem["type"] == "string_unicode":
        return REASONS.get(problem["type"], Reason.INVALID_ARTICLE)
    return Reason.INVALID_ARTICLE


def _describe(problem: ErrorDetails) -> str:
    message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
    return f"{_find_field(problem) or 'document'}: {message}"


def _find_field(problem: ErrorDetails) -> str | None:
    return ".".join(str(part) for part in problem["loc"]) or None
