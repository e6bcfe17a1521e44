"""Refusals as HTTP answers: application/problem+json (RFC 9457) with a `reason` from the closed list."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse

from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Reason

PROBLEM_JSON = "application/problem+json"
STATUS = {
    Reason.EMPTY: 400,
    Reason.NOT_UTF8: 400,
    Reason.INVALID_JSON: 400,
    Reason.INVALID_ARTICLE: 400,
    Reason.UNAUTHORISED: 401,
    Reason.TIMED_OUT: 408,
    Reason.TOO_LARGE: 413,
    Reason.UNSUPPORTED_MEDIA_TYPE: 415,
    Reason.OVERLOADED: 429,
    Reason.BROKER_UNAVAILABLE: 503,
}
"""A reason that is not here is a fault of ours: 500."""
EXTRA_HEADERS = {
    Reason.UNAUTHORISED: {"www-authenticate": "Bearer"},
    # RFC 9110, 15.5.16: what would have been taken.
    Reason.UNSUPPORTED_MEDIA_TYPE: {"accept-encoding": "identity"},
}


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """`urn:copydesk:problem:` and the reason."""
    title: str
    """The status in words."""
    status: int
    detail: str
    """What is wrong, for people."""
    reason: Reason
    """What is wrong, for programs."""
    field: str | None = None
    """The field at fault, where it is one; a path with dots within `metadata`."""


class ItemError(BaseModel):
    """Why one article of a batch was not taken."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    reason: Reason
    """What is wrong, for programs."""
    field: str | None = None
    """The field at fault, where it is one."""
    message: str
    """What is wrong, for people."""


def find_status(error: CopydeskError) -> int:
    """The HTTP status that says it."""
    return STATUS.get(error.reason, 500)


def find_field(error: CopydeskError) -> str | None:
    """The field at fault, where it is one."""
    return error.field if isinstance(error, PermanentError) else None


def explain_item(error: CopydeskError) -> ItemError:
    """The error of one article of a batch."""
    return ItemError(reason=error.reason, field=find_field(error), message=str(error))


def answer_problem(error: CopydeskError, *, retry_after: int) -> JSONResponse:
    """The whole request's refusal; `retry_after` in seconds goes to those that may succeed later."""
    status = find_status(error)
    problem = Problem(
        type=f"urn:copydesk:problem:{error.reason}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=str(error),
        reason=error.reason,
        field=find_field(error),
    )
    headers = dict(EXTRA_HEADERS.get(error.reason, {}))
    if isinstance(error, TransientError):
        headers["retry-after"] = str(retry_after)
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True), status, headers=headers, media_type=PROBLEM_JSON
    )
