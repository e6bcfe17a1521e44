"""`copydesk retract` posts each request, again while the API is busy, and ends at once for a wrong URL."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.cli.articles.retract import PATH, retract
from services.contracts.retraction import RetractionRequest
from services.errors import ConfigurationError, CopydeskError
from services.runtime.service.web import serve

REQUESTS = [RetractionRequest(id="a" * 32, reason="Withdrawn."), RetractionRequest(source="b.example", reason="Order.")]


async def retract_from(statuses: list[int]) -> list[str | None]:
    """Retract from an API that answers with these statuses, and return the source of each request that it received."""
    received: list[str | None] = []

    async def answer(request: Request) -> Response:
        received.append(RetractionRequest.model_validate_json(await request.body()).source)
        return Response(status_code=statuses.pop(0), headers={"retry-after": "0"})

    async with serve(Starlette(routes=[Route(PATH, answer, methods=["POST"])]), "127.0.0.1", 0) as (host, port):
        await asyncio.wait_for(retract(f"http://{host}:{port}", REQUESTS, api_key=None), 20)
    return received


async def test_busy_api_gets_a_request_again() -> None:
    """Each request is posted until the API has accepted it."""
    assert await retract_from([503, 202, 408, 202]) == [None, None, "b.example", "b.example"]


async def test_refused_request_is_an_error() -> None:
    """A request that the API refuses is not posted again."""
    with pytest.raises(CopydeskError, match="answered 401"):
        await retract_from([401])


@pytest.mark.parametrize("url", ["localhost:8080", "http://localhost:port", "ftp://localhost:8080", ""])
async def test_wrong_url_is_not_tried_again(url: str) -> None:
    """What is no URL of an API is an error at once, which says how to write it."""
    with pytest.raises(ConfigurationError, match="no URL of an ingest API"):
        await asyncio.wait_for(retract(url, REQUESTS, api_key=None), 5)
