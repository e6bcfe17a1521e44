"""From a record's bytes to a contract, with the reason named when they are none."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from services.contracts.base import Contract
from services.contracts.headers import find_header
from services.errors import PermanentError
from services.outcomes import Reason
from services.runtime.dead_letters import SourceRecord

C = TypeVar("C", bound=Contract)

SHOWN_PROBLEMS = 3
"""Of a document that is wrong everywhere, as many are named."""


def decode(cls: type[C], record: SourceRecord, event_type: str) -> C:
    """The record's value as a contract.

    Raises PermanentError with the reason tombstone, empty, unknown_version, not_utf8, invalid_json or
    invalid_article. A record without `ce_type` is taken at its word.
    """
    if record.value is None:
        raise PermanentError("the record has no value", reason=Reason.TOMBSTONE)
    if not record.value:
        raise PermanentError("the record's value is empty", reason=Reason.EMPTY)
    declared = find_header(record.headers, "ce_type")
    if declared is not None and declared != event_type.encode():
        raise PermanentError(
            f"ce_type is {declared.decode(errors='replace')[:100]!r} and not {event_type!r}",
            reason=Reason.UNKNOWN_VERSION,
        )
    try:
        return cls.model_validate_json(record.value)
    except ValidationError as error:
        raise _explain(record.value, error) from None


def _explain(value: bytes, error: ValidationError) -> PermanentError:
    try:
        value.decode()
    except UnicodeDecodeError as why:
        return PermanentError(str(why), reason=Reason.NOT_UTF8)
    try:
        from_json(value, allow_inf_nan=False)
    except ValueError as why:
        return PermanentError(str(why), reason=Reason.INVALID_JSON)
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    shown = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'document'}: {problem['msg']}"
        for problem in problems[:SHOWN_PROBLEMS]
    )
    return PermanentError(f"{len(problems)} problems: {shown}", reason=Reason.INVALID_ARTICLE)
