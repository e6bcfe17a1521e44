"""HTTP source of retractions: `POST /v1/retractions`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from services.contracts.decoding import validate
from services.contracts.retraction import RetractionRequest
from services.errors import PermanentError
from services.ingest.intake import Intake
from services.ingest.normalise import parse_document
from services.ingest.sources.http.budget import ByteBudget
from services.ingest.sources.http.docs_page import RETRACTIONS
from services.ingest.sources.http.keys import ApiKeys
from services.ingest.sources.http.openapi import ACCEPTED_EXAMPLE, describe_errors
from services.ingest.sources.http.requests import JSON, RequestLimits, read_content_type, receive_body
from services.outcomes import Reason

EXAMPLE = {**ACCEPTED_EXAMPLE, "reason": "Withdrawn by the publisher."}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/RetractionRequest"}, "example": EXAMPLE}},
}


def add_retractions(app: FastAPI, intake: Intake, keys: ApiKeys, budget: ByteBudget, limits: RequestLimits) -> None:
    """Add the route to the application."""

    @app.post(
        RETRACTIONS,
        status_code=HTTPStatus.ACCEPTED,
        response_model=RetractionRequest,
        responses={
            HTTPStatus.ACCEPTED: {
                "description": "The broker has acknowledged the request; the retractions follow.",
                "content": {JSON: {"example": EXAMPLE}},
            },
            **describe_errors(),
        },
        openapi_extra={"requestBody": REQUEST_BODY},
        summary="Retract articles.",
        operation_id="post_retractions",
    )
    async def post_retractions(request: Request) -> Response:
        """Retract one article by its id, or all that were published until now from a URL or a source."""
        keys.check(request.headers)
        if read_content_type(request.headers).media_type != JSON:
            message = f"a request to retract articles is {JSON}"
            raise PermanentError(message, reason=Reason.UNSUPPORTED_MEDIA_TYPE)
        async with receive_body(request, budget, limits) as body:
            retraction = validate(RetractionRequest, parse_document(body))
        await intake.request_retraction(retraction)
        return JSONResponse(retraction.model_dump(exclude_none=True), status_code=HTTPStatus.ACCEPTED)
