"""Errors as HTTP responses: application/problem+json (RFC 9457) with a `reason` from the closed list."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse

from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Reason

PROBLEM_JSON = "application/problem+json"
STATUS = {
    Reason.EMPTY: HTTPStatus.BAD_REQUEST,
    Reason.NOT_UTF8: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_JSON: HTTPStatus.BAD_REQUEST,
    Reason.INVALID_ARTICLE: HTTPStatus.BAD_REQUEST,
    Reason.UNAUTHORISED: HTTPStatus.UNAUTHORIZED,
    Reason.TIMED_OUT: HTTPStatus.REQUEST_TIMEOUT,
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.OVERLOADED: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.BROKER_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Status of each reason that a request can meet. Any other reason is a bug of ours and gives 500."""
EXTRA_HEADERS = {
    Reason.UNAUTHORISED: {"www-authenticate": "Bearer"},
    # RFC 9110, 15.5.16: the content encodings that are supported.
    Reason.UNSUPPORTED_MEDIA_TYPE: {"accept-encoding": "identity"},
}


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """`urn:copydesk:problem:` followed by the reason; `about:blank` if the status alone says what is wrong."""
    title: str
    """The status in words."""
    status: int
    detail: str
    """Explanation for people."""
    reason: Reason | None = None
    """Cause for programs, from a closed list; missing for a wrong path or method."""
    field: str | None = None
    """Name of the wrong field, if one field is wrong; a path with dots inside `metadata`."""


class ItemError(BaseModel):
    """Reason why one article of a batch was not published."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    reason: Reason
    """Cause for programs, from a closed list."""
    field: str | None = None
    """Name of the wrong field, if one field is wrong."""
    message: str
    """Explanation for people."""


def find_status(error: CopydeskError) -> int:
    """Find the HTTP status of an error."""
    return STATUS.get(error.reason, HTTPStatus.INTERNAL_SERVER_ERROR)


def build_item_error(error: CopydeskError) -> ItemError:
    """Build the error of one article of a batch."""
    return ItemError(reason=error.reason, field=_find_field(error), message=str(error))


def build_problem(status: int, detail: str, *, reason: Reason | None = None, field: str | None = None) -> Problem:
    """Build the problem details of a status."""
    return Problem(
        type=f"urn:copydesk:problem:{reason}" if reason is not None else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        reason=reason,
        field=field,
    )


def build_problem_response(error: CopydeskError, *, retry_after: int) -> JSONResponse:
    """Build the response to a request that failed as a whole.

    A transient error gets the header Retry-After with `retry_after` seconds.
    """
    problem = build_problem(find_status(error), str(error), reason=error.reason, field=_find_field(error))
    headers = dict(EXTRA_HEADERS.get(error.reason, {}))
    if isinstance(error, TransientError):
        headers["retry-after"] = str(retry_after)
    return respond(problem, headers)


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Build the response with a problem."""
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True),
        problem.status,
        headers=dict(headers or {}),
        media_type=PROBLEM_JSON,
    )


def _find_field(error: CopydeskError) -> str | None:
    return error.field if isinstance(error, PermanentError) else None
