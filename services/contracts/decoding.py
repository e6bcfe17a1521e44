"""Decoding of JSON to a contract, for the HTTP edge and for every topic. Each failure has a reason from the list."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from services.contracts.base import Contract
from services.contracts.headers import find_header
from services.contracts.text.problem_words import describe_problem, find_field
from services.errors import PermanentError
from services.outcomes import Reason

C = TypeVar("C", bound=Contract)

MAX_PROBLEMS = 3
"""Maximum number of problems that an error message names."""
REASONS = {
    "string_unicode": Reason.INVALID_JSON,
    "string_too_short": Reason.EMPTY,
    "string_invisible": Reason.EMPTY,
    "string_too_long": Reason.TOO_LARGE,
}
"""Pydantic's type of a problem with the content, to a reason that says more than `invalid_article`."""


def decode_record(cls: type[C], value: bytes | None, headers: Iterable[tuple[str, bytes | None]], event_type: str) -> C:
    """Return a record's value as a contract.

    Raises PermanentError with one of the reasons of `check_record` and `validate`.
    """
    document = check_record(value, headers, event_type)
    try:
        return cls.model_validate_json(document)
    except ValidationError as error:
        parse_json(document)
        raise _describe_error(error) from error


def check_record(value: bytes | None, headers: Iterable[tuple[str, bytes | None]], event_type: str) -> bytes:
    """Return a record's value if it may be parsed. Does not parse it.

    A record without the header `ce_type` is accepted, because a producer need not know CloudEvents. Raises
    PermanentError: tombstone, empty, unknown_version.
    """
    if value is None:
        raise PermanentError("the record has a null value", reason=Reason.TOMBSTONE)
    if not value:
        raise PermanentError("the record's value is empty", reason=Reason.EMPTY)
    declared = find_header(headers, "ce_type")
    if declared is not None and declared != event_type.encode():
        shown = declared.decode(errors="replace")[:100]
        raise PermanentError(f"ce_type is {shown!r}; this build reads {event_type!r}", reason=Reason.UNKNOWN_VERSION)
    return value


def parse_json(document: bytes) -> object:
    """Parse JSON (RFC 8259). If a name is repeated in an object, the last value counts.

    Raises PermanentError: not_utf8; or invalid_json, also for NaN, a lone surrogate, a byte order mark, and nesting
    deeper than about 200 levels.
    """
    try:
        return from_json(document, allow_inf_nan=False)
    except ValueError as error:
        reason, message = explain_json_error(document, error)
        raise PermanentError(message, reason=reason) from error


def validate(cls: type[C], parsed: object) -> C:
    """Return parsed JSON as a contract.

    Raises PermanentError, which names the field: invalid_article, empty, too_large; invalid_json for a lone surrogate.
    """
    if not isinstance(parsed, dict):
        raise PermanentError("the JSON is not an object", reason=Reason.INVALID_ARTICLE)
    try:
        return cls.model_validate(parsed)
    except ValidationError as error:
        raise _describe_error(error) from error


def strip_byte_order_mark(document: bytes) -> bytes:
    """Return the bytes without a UTF-8 byte order mark, which files may have and JSON on a topic must not have."""
    return document.removeprefix(codecs.BOM_UTF8)


def explain_json_error(document: bytes, error: ValueError) -> tuple[Reason, str]:
    """Return the reason and the message for JSON that could not be parsed: wrong encoding or wrong grammar."""
    try:
        document.decode()
    except UnicodeDecodeError as undecodable:
        return Reason.NOT_UTF8, f"byte {undecodable.start} is not UTF-8"
    # A document that ends too early is the most common fault, and the parser calls the end "EOF".
    return Reason.INVALID_JSON, str(error).replace("EOF while parsing", "the JSON ends within")


def _describe_error(error: ValidationError) -> PermanentError:
    problems = error.errors(include_url=False)
    reasons = {_find_reason(problem) for problem in problems}
    return PermanentError(
        "; ".join(map(describe_problem, problems[:MAX_PROBLEMS])),
        reason=reasons.pop() if len(reasons) == 1 else Reason.INVALID_ARTICLE,
        field=find_field(problems[0]),
    )


def _find_reason(problem: ErrorDetails) -> Reason:
    if problem["loc"] == ("content",) or problem["type"] == "string_unicode":
        return REASONS.get(problem["type"], Reason.INVALID_ARTICLE)
    return Reason.INVALID_ARTICLE
