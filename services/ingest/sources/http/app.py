"""HTTP source: `POST /v1/articles`, and the application that also has the other routes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from services import __version__
from services.errors import CopydeskError, TransientError
from services.ingest.intake import Intake, IntakeResult
from services.ingest.settings import IngestSettings
from services.ingest.sources.http.budget import ByteBudget
from services.ingest.sources.http.docs_page import ARTICLES, RETRACTIONS, build_docs_page
from services.ingest.sources.http.keys import ApiKeys
from services.ingest.sources.http.openapi import (
    ACCEPTED_EXAMPLE,
    BATCH_EXAMPLE,
    PARAMETERS,
    REQUEST_BODY,
    SUMMARY,
    build_openapi,
    describe_errors,
)
from services.ingest.sources.http.problems import (
    ItemError,
    build_item_error,
    build_problem,
    build_problem_response,
    find_status,
    respond,
)
from services.ingest.sources.http.requests import RequestLimits, read_content_type, receive_body, split_items
from services.ingest.sources.http.retractions import add_retractions
from services.outcomes import Reason

VIA = "http"
CLIENT_CLOSED_REQUEST = 499
"""Status that proxies log for a sender that closed the connection. The sender does not receive it any more."""

logger = structlog.get_logger()


class Accepted(BaseModel):
    """Answer for one article that is on the raw topic."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """Id of the article. The same URL and content always give the same id."""


class ItemResult(BaseModel):
    """Result of one article of a batch."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    index: int
    """Position of the article in the request, from 0. Blank lines of NDJSON do not count."""
    status: int
    """202 if the article is published, or the status that it would get in a request of its own."""
    id: str | None = None
    """Id of an article that is published."""
    error: ItemError | None = None


class BatchCounts(BaseModel):
    """Numbers of articles of a batch, by result."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    published: int = 0
    rejected: int = 0
    deferred: int = 0
    """Articles that are neither published nor rejected: send them again."""


class BatchResult(BaseModel):
    """Results of all articles of a batch."""

    results: list[ItemResult]
    counts: BatchCounts


def build_app(intake: Intake, settings: IngestSettings, routes: Sequence[BaseRoute] = ()) -> FastAPI:
    """Build the ASGI application. `routes` are served besides the API, such as those for metrics and health."""
    app = FastAPI(
        title="Copydesk ingest", version=__version__, summary=SUMMARY, docs_url=None, redoc_url=None, routes=[*routes]
    )
    budget = ByteBudget(settings.max_in_flight_bytes)
    keys = ApiKeys((key.get_secret_value() for key in settings.api_keys), settings.api_keys_file)
    limits = RequestLimits(settings.max_request_bytes, settings.max_batch_articles, settings.receive_timeout)

    @app.post(
        ARTICLES,
        status_code=HTTPStatus.ACCEPTED,
        response_model=Accepted | BatchResult,
        responses={
            HTTPStatus.ACCEPTED: {
                "description": "Every article is on the raw topic, and the broker has acknowledged it.",
                "content": {"application/json": {"example": ACCEPTED_EXAMPLE}},
            },
            HTTPStatus.MULTI_STATUS: {
                "model": BatchResult,
                "description": "Some articles of the batch are not published.",
                "content": {"application/json": {"example": BATCH_EXAMPLE}},
            },
            **describe_errors(),
        },
        openapi_extra={"requestBody": REQUEST_BODY, "parameters": PARAMETERS},
        summary="Send articles.",
        operation_id="post_articles",
    )
    async def post_articles(request: Request) -> Response:
        """Publish articles and answer when the broker has acknowledged them. A repeated article keeps its id."""
        keys.check(request.headers)
        content_type = read_content_type(request.headers)
        async with receive_body(request, budget, limits) as body:
            items, is_batch = split_items(body, content_type, request, limits)
            traceparent = request.headers.get("traceparent", "").encode("latin-1")
            results = await intake.ingest(items, via=VIA, traceparent=traceparent or None)
        if is_batch:
            return _answer_batch(results, settings.retry_after)
        return _answer_single(results[0], settings.retry_after)

    add_retractions(app, intake, keys, budget, limits)
    _add_error_handlers(app, intake, settings.retry_after)
    app.openapi = cache(partial(build_openapi, app, needs_key=keys.are_needed))  # type: ignore[method-assign]
    app.add_route("/docs", build_docs_page(app.openapi), methods=["GET"])
    return app


def _add_error_handlers(app: FastAPI, intake: Intake, retry_after: int) -> None:
    @app.exception_handler(CopydeskError)
    async def rejected_request(_: Request, error: CopydeskError) -> Response:
        intake.reject_request(error, via=VIA)
        return build_problem_response(error, retry_after=retry_after)

    @app.exception_handler(HTTPException)
    async def wrong_path_or_method(request: Request, error: HTTPException) -> Response:
        is_missing = error.status_code == HTTPStatus.NOT_FOUND
        what = "nothing is" if is_missing else f"{request.method} is not possible"
        detail = f"{what} at {request.url.path}; POST {ARTICLES} accepts articles, {RETRACTIONS} retractions; see /docs"
        return respond(build_problem(error.status_code, detail), error.headers)

    @app.exception_handler(ClientDisconnect)
    async def client_closed_request(request: Request, _: ClientDisconnect) -> Response:
        logger.info("client_disconnected", path=request.url.path)
        return Response(status_code=CLIENT_CLOSED_REQUEST)

    @app.exception_handler(Exception)
    async def internal_error(request: Request, error: Exception) -> Response:
        logger.error("request_failed", path=request.url.path, exc_info=error)
        message = "the service failed on this request; its log has the error"
        return build_problem_response(CopydeskError(message, reason=Reason.UNEXPECTED), retry_after=0)


def _answer_single(result: IntakeResult, retry_after: int) -> Response:
    if result.error is not None:
        return build_problem_response(result.error, retry_after=retry_after)
    return JSONResponse({"id": result.id}, status_code=HTTPStatus.ACCEPTED)


def _answer_batch(results: Sequence[IntakeResult], retry_after: int) -> Response:
    """Answer a batch.

    The status is 202 if all articles are published, 429 or 503 if all may be sent again, and 207 otherwise.
    """
    errors = [result.error for result in results if result.error is not None]
    deferred = [error for error in errors if isinstance(error, TransientError)]
    if len(deferred) == len(results):
        return build_problem_response(deferred[0], retry_after=retry_after)
    counts = BatchCounts(
        published=len(results) - len(errors), rejected=len(errors) - len(deferred), deferred=len(deferred)
    )
    body = BatchResult(results=[_describe(index, result) for index, result in enumerate(results)], counts=counts)
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=HTTPStatus.MULTI_STATUS if errors else HTTPStatus.ACCEPTED,
        media_type="application/json",
        headers={"retry-after": str(retry_after)} if deferred else {},
    )


def _describe(index: int, result: IntakeResult) -> ItemResult:
    if result.error is None:
        return ItemResult(index=index, status=HTTPStatus.ACCEPTED, id=result.id)
    return ItemResult(index=index, status=find_status(result.error), error=build_item_error(result.error))
