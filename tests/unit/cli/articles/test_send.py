"""The command `copydesk send`: batches, waits when the API is busy, counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.cli.articles.send import send
from services.errors import TransientError
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Outcome, Reason
from services.runtime.service.retries import RetryPolicy
from services.runtime.service.web import serve

Answer = Callable[[list[object]], Response]


@asynccontextmanager
async def serve_api(answers: list[Answer]) -> AsyncIterator[tuple[str, list[list[object]]]]:
    """Serve an API that gives these answers in turn, then the last one always; yield its address and its requests."""
    received: list[list[object]] = []

    async def answer_request(request: Request) -> Response:
        received.append(json.loads(await request.body()))
        return answers[min(len(received), len(answers)) - 1](received[-1])

    async with serve(Starlette(routes=[Route("/v1/articles", answer_request, methods=["POST"])]), "127.0.0.1", 0) as (
        host,
        port,
    ):
        yield f"http://{host}:{port}", received


def accept(articles: list[object]) -> Response:
    """Answer that every article is published."""
    return JSONResponse(
        {"results": [{"index": i, "status": 202, "id": f"{a}"} for i, a in enumerate(articles)]}, status_code=202
    )


def refuse_busy(_: list[object]) -> Response:
    """Answer that the API is busy and that a retry may follow at once."""
    return Response(status_code=503, headers={"retry-after": "0"})


def accept_first_only(articles: list[object]) -> Response:
    """Answer that the first article is published, the second is invalid, and the broker was too slow for the others."""
    statuses = [202, 400, *[503] * len(articles)]
    results = [
        {"index": i, "status": statuses[i], **({"id": "x"} if statuses[i] == 202 else {"error": {"reason": "no"}})}
        for i in range(len(articles))
    ]
    return JSONResponse({"results": results}, status_code=207)


ENTRIES = [Entry({"content": str(number)}, position=number) for number in range(5)]


async def test_every_article_is_counted_once() -> None:
    """Five articles in batches of two are sent in three requests, and each is published."""
    async with serve_api([accept]) as (url, received):
        report = await send(url, ENTRIES, batch=2)
    assert [len(batch) for batch in received] == [2, 2, 1]
    assert report.outcomes == {Outcome.PUBLISHED: 5}


async def test_busy_api_is_asked_again() -> None:
    """After 503 with Retry-After the request is repeated, and no article is lost or counted twice."""
    async with serve_api([refuse_busy, refuse_busy, accept]) as (url, received):
        report = await send(url, ENTRIES)
    assert len(received) == 3
    assert report.outcomes == {Outcome.PUBLISHED: 5}


async def test_only_busy_items_are_sent_again() -> None:
    """After a partly accepted batch, only the busy items are sent again; a rejected item is reported."""
    async with serve_api([accept_first_only, accept]) as (url, received):
        report = await send(url, ENTRIES)
    assert [len(batch) for batch in received] == [5, 3]
    assert report.outcomes == {Outcome.PUBLISHED: 4, Outcome.REJECTED: 1}
    assert "article:1" in report.errors[0]


def refuse_large(articles: list[object]) -> Response:
    """Answer status 413 to a request that contains the article 3, as the API does to a body that is too large."""
    if {"content": "3"} in articles:
        return JSONResponse({"title": "too large", "reason": "too_large"}, status_code=413)
    return accept(articles)


def refuse_with_a_page(_: list[object]) -> Response:
    """Answer as a proxy before the API does: a status and an HTML page."""
    return Response("<html><h1>Request Entity Too Large</h1></html>", status_code=413)


async def test_an_article_that_is_too_large_costs_no_other() -> None:
    """If a request is refused as a whole, its articles are sent one by one, and only the large one is rejected."""
    async with serve_api([refuse_large]) as (url, received):
        report = await send(url, ENTRIES)
    assert [len(batch) for batch in received] == [5, 1, 1, 1, 1, 1]
    assert report.outcomes == {Outcome.PUBLISHED: 4, Outcome.REJECTED: 1}
    assert report.errors[0].startswith("article:3: ")
    assert "too_large" in report.errors[0]


async def test_an_answer_that_is_no_json_is_a_rejection() -> None:
    """An article to which a proxy answers with a page is rejected with the status, and the command goes on."""
    async with serve_api([refuse_with_a_page]) as (url, _):
        report = await send(url, ENTRIES[:2])
    assert report.outcomes == {Outcome.REJECTED: 2}
    assert "413" in report.errors[0]


async def test_unreadable_articles_are_rejected_here() -> None:
    """An unreadable entry is counted as rejected and not sent."""
    async with serve_api([accept]) as (url, received):
        report = await send(url, [UnreadableEntry(Reason.INVALID_JSON, "no JSON", 7), ENTRIES[0]])
    assert received == [[{"content": "0"}]]
    assert report.outcomes == {Outcome.PUBLISHED: 1, Outcome.REJECTED: 1}
    assert "invalid_json" in report.errors[0]


async def test_an_address_without_a_server_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """When no server answers, the command prints one line for each retry and then raises an error that says so."""
    retries = RetryPolicy(attempts=3, initial_wait=0.001, jitter=0.0)
    with pytest.raises(TransientError, match="no ingest API answers at"):
        await asyncio.wait_for(send("http://127.0.0.1:9", ENTRIES, retries=retries), 20)
    assert capsys.readouterr().err.count("trying again in 0.0 s") == 2
