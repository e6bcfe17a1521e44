"""The HTTP source: `POST /v1/articles`."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from services import __version__
from services.errors import CopydeskError, TransientError
from services.ingest.intake import Intake, IntakeResult
from services.ingest.settings import IngestSettings
from services.ingest.sources.http.budget import ByteBudget
from services.ingest.sources.http.keys import ApiKeys
from services.ingest.sources.http.openapi import PARAMETERS, REQUEST_BODY, SUMMARY, describe_refusals
from services.ingest.sources.http.problems import ItemError, answer_problem, explain_item, find_status
from services.ingest.sources.http.requests import RequestLimits, read_content_type, receive_body, split_items
from services.outcomes import Reason

VIA = "http"
CLOSED_REQUEST = 499
"""What proxies log for a sender that hung up; nobody reads it."""

logger = structlog.get_logger()


class Accepted(BaseModel):
    """One article, on the raw topic."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """The article's id: the same for the same URL and content, however often it is sent."""


class ItemResult(BaseModel):
    """What became of one article of a batch."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    index: int
    """Its place in the request, from 0; in NDJSON blank lines do not count."""
    status: int
    """202, or what it would have been answered alone."""
    id: str | None = None
    """Of an article that was taken."""
    error: ItemError | None = None


class Counts(BaseModel):
    """A batch in numbers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    published: int = 0
    rejected: int = 0
    deferred: int = 0
    """Neither: to be sent again."""


class BatchResult(BaseModel):
    """What became of each article of a batch."""

    results: list[ItemResult]
    counts: Counts


def build_app(intake: Intake, settings: IngestSettings, routes: Sequence[BaseRoute] = ()) -> FastAPI:
    """The ASGI application; `routes` (metrics, health) stand beside the API."""
    app = FastAPI(
        title="Copydesk ingest", version=__version__, summary=SUMMARY, docs_url=None, redoc_url=None, routes=[*routes]
    )
    budget = ByteBudget(settings.max_in_flight_bytes)
    keys = ApiKeys((key.get_secret_value() for key in settings.api_keys), settings.api_keys_file)
    limits = RequestLimits(settings.max_request_bytes, settings.max_batch_articles, settings.receive_timeout)

    @app.post(
        "/v1/articles",
        status_code=202,
        response_model=Accepted | BatchResult,
        responses={
            207: {"model": BatchResult, "description": "A batch of which not all were taken."},
            **describe_refusals(),
        },
        openapi_extra={"requestBody": REQUEST_BODY, "parameters": PARAMETERS},
        summary="Hand in articles.",
        operation_id="post_articles",
    )
    async def post_articles(request: Request) -> Response:
        """Answered when the broker has acknowledged. The same article sent again keeps its id."""
        keys.check(request.headers)
        form = read_content_type(request.headers)
        async with receive_body(request, budget, limits) as body:
            items, is_batch = split_items(body, form, request, limits)
            trace = request.headers.get("traceparent", "").encode("latin-1")
            results = await intake.take(items, via=VIA, traceparent=trace or None)
        if is_batch:
            return _answer_batch(results, settings.retry_after)
        return _answer_single(results[0], settings.retry_after)

    @app.exception_handler(CopydeskError)
    async def refuse(_: Request, error: CopydeskError) -> Response:
        intake.refuse(error, via=VIA)
        return answer_problem(error, retry_after=settings.retry_after)

    @app.exception_handler(ClientDisconnect)
    async def give_up(_: Request, __: ClientDisconnect) -> Response:
        logger.info("sender_hung_up")
        return Response(status_code=CLOSED_REQUEST)

    @app.exception_handler(Exception)
    async def confess(_: Request, error: Exception) -> Response:
        logger.error("request_failed", exc_info=error)
        return answer_problem(CopydeskError("a fault of ours", reason=Reason.UNEXPECTED), retry_after=0)

    return app


def _answer_single(result: IntakeResult, retry_after: int) -> Response:
    if result.error is not None:
        return answer_problem(result.error, retry_after=retry_after)
    return JSONResponse({"id": result.id}, status_code=202)


def _answer_batch(results: Sequence[IntakeResult], retry_after: int) -> Response:
    """202 when all were taken, 429 or 503 when none was and all may be sent again, else 207."""
    errors = [result.error for result in results if result.error is not None]
    deferred = [error for error in errors if isinstance(error, TransientError)]
    if len(deferred) == len(results):
        return answer_problem(deferred[0], retry_after=retry_after)
    counts = Counts(published=len(results) - len(errors), rejected=len(errors) - len(deferred), deferred=len(deferred))
    body = BatchResult(results=[_describe(index, result) for index, result in enumerate(results)], counts=counts)
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=207 if errors else 202,
        media_type="application/json",
        headers={"retry-after": str(retry_after)} if deferred else {},
    )


def _describe(index: int, result: IntakeResult) -> ItemResult:
    if result.error is None:
        return ItemResult(index=index, status=202, id=result.id)
    return ItemResult(index=index, status=find_status(result.error), error=explain_item(result.error))
