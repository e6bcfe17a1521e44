"""Tests of the HTTP API without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.contracts.headers import find_header
from services.contracts.raw import RawArticle
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from tests.support.fake_publisher import FakePublisher
from tests.unit.ingest.conftest import KEY

PATH = "/v1/articles"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def count(metrics: Metrics, outcome: str) -> float:
    return metrics.registry.get_sample_value("copydesk_articles_total", {"stage": "ingest", "outcome": outcome}) or 0.0


def count_reason(metrics: Metrics, reason: str) -> float:
    return metrics.registry.get_sample_value("copydesk_rejections_total", {"reason": reason}) or 0.0


async def post(client: httpx.AsyncClient, content: bytes, media_type: str = "application/json") -> httpx.Response:
    return await client.post(PATH, content=content, headers={"content-type": media_type})


def read_back(publisher: FakePublisher) -> list[RawArticle]:
    return [RawArticle.model_validate_json(item.value) for item in publisher.published]


async def test_one_article_is_accepted(client: httpx.AsyncClient, publisher: FakePublisher, metrics: Metrics) -> None:
    """One article is answered with 202 and the id under which it was published, and is counted once."""
    response = await client.post(PATH, json={"content": "x"}, headers={"traceparent": TRACE})
    assert response.status_code == 202
    assert response.json() == {"id": publisher.published[0].id}
    assert find_header(publisher.published[0].headers, "traceparent") == TRACE.encode()
    assert (count(metrics, "published"), count(metrics, "rejected")) == (1, 0)


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl", "application/json"])
async def test_batch_answers_each(
    client: httpx.AsyncClient, publisher: FakePublisher, metrics: Metrics, media_type: str
) -> None:
    """Each article of a batch has its own result, in order, and a bad article does not affect the others."""
    items: list[object] = [{"content": "a"}, {"content": "b", "url": "javascript:x"}, 5, {"content": "c"}]
    lines = b"\r\n\n".join(json.dumps(item).encode() for item in items)
    response = await post(client, json.dumps(items).encode() if media_type == "application/json" else lines, media_type)
    answer = response.json()
    assert response.status_code == 207
    assert answer["counts"] == {"published": 2, "rejected": 2, "deferred": 0}
    assert [(item["index"], item["status"]) for item in answer["results"]] == [(0, 202), (1, 400), (2, 400), (3, 202)]
    assert answer["results"][1]["error"] == {
        "reason": "invalid_article",
        "field": "url",
        "message": "url: must be an http or https URL: 'javascript:x'",
    }
    assert [item.id for item in publisher.published] == [answer["results"][0]["id"], answer["results"][3]["id"]]
    assert (count(metrics, "published"), count(metrics, "rejected")) == (2, 2)


async def test_bad_line_does_not_affect_others(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """A line of NDJSON that is not JSON or not UTF-8 is named by its index, and the other lines are published."""
    response = await post(
        client, b'{"content": "a"}\n{oops\n{"content": "\xff"}\n{"content": "b"}', "application/jsonl"
    )
    reasons = [item.get("error", {}).get("reason") for item in response.json()["results"]]
    assert reasons == [None, "invalid_json", "not_utf8", None]
    assert len(publisher.published) == 2


async def test_whole_batch_is_202(client: httpx.AsyncClient) -> None:
    """A batch whose articles are all published is answered with 202."""
    assert (await client.post(PATH, json=[{"content": "a"}, {"content": "b"}])).status_code == 202


@pytest.mark.parametrize(
    ("content", "media_type", "status", "reason", "field"),
    [
        (b"", "application/json", 400, "empty", None),
        (b"", "text/plain", 400, "empty", None),
        (b"\n \n", "application/x-ndjson", 400, "empty", None),
        (b"[]", "application/json", 400, "empty", None),
        (b"\xef\xbb\xbf", "text/plain", 400, "empty", "content"),
        (b" \t\xe2\x80\x8b", "text/plain", 400, "empty", "content"),
        (b"\xff\xfe\xfd", "application/json", 400, "not_utf8", None),
        (b"\x00\x01\xff\xfe", "text/plain", 400, "not_utf8", "content"),
        (b"not json", "application/json", 400, "invalid_json", None),
        (b'{"content": NaN}', "application/json", 400, "invalid_json", None),
        (b'{"content": "\\udfff"}', "application/json", 400, "invalid_json", None),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "application/json", 400, "invalid_json", None),
        (b"5", "application/json", 400, "invalid_article", None),
        (b"null", "application/json", 400, "invalid_article", None),
        (b"{}", "application/json", 400, "invalid_article", "content"),
        (b'{"content": ["x"]}', "application/json", 400, "invalid_article", "content"),
        (b'{"content": "x", "url": "javascript:x"}', "application/json", 400, "invalid_article", "url"),
        (b"x" * 100_001, "text/plain", 413, "too_large", None),
        (b"[" + b",".join([b"{}"] * 51) + b"]", "application/json", 413, "too_large", None),
        (b"{}\n" * 52, "application/x-ndjson", 413, "too_large", None),
        (b"x", "", 415, "unsupported_media_type", None),
        (b"x", "application/pdf", 415, "unsupported_media_type", None),
        (b"x", "text/plain; charset=rot13", 415, "unsupported_media_type", None),
        (b"x", "text/plain; charset=idna", 415, "unsupported_media_type", None),
        (b"x", "text/plain; charset=no-such", 415, "unsupported_media_type", None),
        (b'{"content": "x"}', "application/json; charset=utf-16", 415, "unsupported_media_type", None),
    ],
)
async def test_bad_input(
    client: httpx.AsyncClient,
    publisher: FakePublisher,
    metrics: Metrics,
    content: bytes,
    media_type: str,
    status: int,
    reason: str,
    field: str | None,
) -> None:
    """Bad input is answered with a 4xx and a reason from the closed list, and is counted and logged once."""
    with capture_logs() as logs:
        response = await post(client, content, media_type)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["reason"], problem.get("field"), problem["status"]) == (reason, field, status)
    assert problem["type"] == f"urn:copydesk:problem:{reason}"
    assert not publisher.published
    assert (count(metrics, "rejected"), count_reason(metrics, reason)) == (1, 1)
    assert [(line["event"], line["reason"]) for line in logs] == [("article_rejected", reason)]


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "x", "published_at": "1900-01-01T00:00:00Z", "fetched_at": "2100-01-01"[:10] + "T00:00:00Z"},
        {"content": "שלום עולם \u202e right to left"},
        {"content": "null \x00 bell \x07 escape \x1b[31m"},
        {"content": "word"},
    ],
)
async def test_unusual_input_is_accepted(client: httpx.AsyncClient, publisher: FakePublisher, fields: object) -> None:
    """Distant dates, right-to-left text, control characters and a single word are accepted unchanged."""
    assert (await client.post(PATH, json=fields)).status_code == 202
    assert read_back(publisher) == [RawArticle.model_validate(fields)]


async def test_last_of_repeated_names_counts(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """A byte order mark is accepted, and the last value of a repeated name counts."""
    response = await post(client, b'\xef\xbb\xbf{"content": "a", "content": "b"}')
    assert response.status_code == 202
    assert read_back(publisher)[0].content == "b"


async def test_hundred_copies_have_one_id(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """A hundred identical articles at the same time are all acknowledged under one id."""
    responses = await asyncio.gather(*(client.post(PATH, json={"content": "same"}) for _ in range(100)))
    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["id"] for response in responses}) == 1
    assert len(publisher.published) == 100


async def test_other_names_of_fields(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """Authors, section and tags are read under all their names, in JSON, in the query and in headers."""
    expected = {"content": "Inhalt", "byline": ("Ines Roth", "Olaf Brandt"), "section": "Hafen", "tags": ("a", "b")}
    item = {"text": "Inhalt", "author": "By Ines Roth and Olaf Brandt", "category": "Hafen", "keywords": "a, b"}
    await client.post(PATH, json=item)
    await client.post(PATH, json=[item])
    query = {"author": ["Ines Roth", "Olaf Brandt"], "tags": "a, b"}
    headers = {"content-type": "text/plain", "x-copydesk-article-section": "Hafen"}
    await client.post(PATH, content="Inhalt", params=query, headers=headers)
    articles = read_back(publisher)
    assert articles == 3 * [RawArticle.model_validate(expected)]
    assert len({item.id for item in publisher.published}) == 1


async def test_text_with_query(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """The metadata of a text body is read from the query."""
    query = {
        "url": "https://news.example/a",
        "source": "The Example",
        "title": "Größe",
        "language": "de",
        "published_at": "2026-01-02T03:04:05Z",
        "fetched_at": "2026-01-03T00:00:00Z",
    }
    response = await client.post(PATH, content="Inhalt", params=query, headers={"content-type": "text/plain"})
    assert response.status_code == 202
    assert read_back(publisher) == [RawArticle.model_validate({"content": "Inhalt", **query})]


async def test_html_with_headers(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """The metadata of an HTML body is read from headers, as UTF-8, and the query wins over them."""
    headers: dict[str, Any] = {
        "content-type": "text/html; charset=ISO-8859-1",
        "x-copydesk-url": "https://news.example/a",
        "x-copydesk-title": "Größe".encode(),
        "x-copydesk-published-at": "2026-01-02T03:04:05Z",
    }
    url = "https://news.example/b"
    response = await client.post(PATH, content="<p>café</p>".encode("latin-1"), params={"url": url}, headers=headers)
    assert response.status_code == 202
    [article] = read_back(publisher)
    assert (article.content, article.content_type) == ("<p>café</p>", "text/html")
    assert (article.url, article.title) == (url, "Größe")
    assert article.published_at is not None


async def test_wrong_header_names_its_field(client: httpx.AsyncClient) -> None:
    """A wrong value in a header is answered with the name of its field."""
    headers = {"content-type": "text/plain", "x-copydesk-url": "ftp://news.example/a"}
    response = await client.post(PATH, content="x", headers=headers)
    assert (response.status_code, response.json()["field"]) == (400, "url")


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson", "text/plain"])
async def test_unknown_fields_are_metadata_or_errors(
    client: httpx.AsyncClient, publisher: FakePublisher, media_type: str
) -> None:
    """A short unknown field goes to the metadata in every form of a request, and a misspelt one is an error."""

    async def send(**fields: str) -> httpx.Response:
        is_text = media_type == "text/plain"
        content = b"x" if is_text else json.dumps({"content": "x", **fields}).encode()
        return await client.post(
            PATH, content=content, headers={"content-type": media_type}, params=fields if is_text else {}
        )

    assert (await send(desk="sport")).status_code == 202
    assert read_back(publisher)[0].metadata == {"desk": "sport"}
    answer = (await send(titel="x")).json()
    error = answer["results"][0]["error"] if "results" in answer else answer
    assert error["field"] == "titel"
    assert "titel: unknown field; did you mean title?" in (error.get("detail"), error.get("message"))


@pytest.mark.parametrize("name", ["content", "text", "Content-Type", "metadata"])
async def test_the_query_has_no_body(client: httpx.AsyncClient, name: str) -> None:
    """A name that means the body is an error in the query of a text request."""
    response = await client.post(PATH, content=b"x", headers={"content-type": "text/plain"}, params={name: "y"})
    assert (response.status_code, response.json()["field"]) == (400, name)


async def test_gzip_is_refused(client: httpx.AsyncClient) -> None:
    """A content encoding is answered with 415 and the supported encodings."""
    response = await client.post(PATH, content=b"x", headers={"content-type": "text/plain", "content-encoding": "gzip"})
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
async def test_missing_or_wrong_key(
    guarded: httpx.AsyncClient, publisher: FakePublisher, headers: dict[str, str]
) -> None:
    """A request without a known API key is answered with 401 if keys are set."""
    response = await guarded.post(PATH, json={"content": "x"}, headers=headers)
    assert (response.status_code, response.json()["reason"]) == (401, "unauthorised")
    assert response.headers["www-authenticate"] == "Bearer"
    assert not publisher.published


@pytest.mark.parametrize("headers", [{"authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}])
async def test_right_key(guarded: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """A request with a known API key is accepted."""
    assert (await guarded.post(PATH, json={"content": "x"}, headers=headers)).status_code == 202


async def test_pages_need_no_key(guarded: httpx.AsyncClient) -> None:
    """Metrics and health need no API key."""
    assert (await guarded.get("/live")).status_code == 200
    assert b"copydesk_articles_total" in (await guarded.get("/metrics")).content


async def test_unavailable_broker(client: httpx.AsyncClient, publisher: FakePublisher, metrics: Metrics) -> None:
    """An article and a batch get 503, Retry-After and no outcome while the broker is unavailable."""
    publisher.is_available = False
    for content in ({"content": "x"}, [{"content": "x"}, {"content": "y"}]):
        response = await client.post(PATH, json=content)
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert response.json()["reason"] == "broker_unavailable"
    assert (count(metrics, "published"), count(metrics, "rejected")) == (0, 0)
    assert count_reason(metrics, "broker_unavailable") == 3


async def test_unavailable_broker_and_bad_item(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """A batch gets 503 for its good articles and 400 for its bad ones while the broker is unavailable."""
    publisher.is_available = False
    response = await client.post(PATH, json=[{"content": "x"}, {}])
    assert (response.status_code, response.headers["retry-after"]) == (207, "2")
    assert [item["status"] for item in response.json()["results"]] == [503, 400]
    assert response.json()["counts"] == {"published": 0, "rejected": 1, "deferred": 1}


async def test_memory_is_bounded(client: httpx.AsyncClient, metrics: Metrics) -> None:
    """A request above the limit of bytes in memory is answered with 429, and accepted when there is room again."""
    arrived, may_continue = asyncio.Event(), asyncio.Event()

    async def send_slowly() -> AsyncIterator[bytes]:
        yield b'{"content": "'
        yield b"x" * 90_000
        arrived.set()
        await may_continue.wait()
        yield b'"}'

    headers = {"content-type": "application/json"}
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(client.post(PATH, content=send_slowly(), headers=headers))
        await arrived.wait()
        refused = await post(client, b"y" * 80_000, "text/plain")
        assert (refused.status_code, refused.json()["reason"]) == (429, "overloaded")
        assert refused.headers["retry-after"] == "2"
        may_continue.set()
    assert slow.result().status_code == 202
    assert (await post(client, b"y" * 80_000, "text/plain")).status_code == 202
    assert count_reason(metrics, "overloaded") == 1


async def test_stream_without_length_is_bounded(client: httpx.AsyncClient) -> None:
    """A body without a length is rejected at the limit."""

    async def send_forever() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 1_000

    response = await client.post(PATH, content=send_forever(), headers={"content-type": "text/plain"})
    assert (response.status_code, response.json()["reason"]) == (413, "too_large")


async def test_sender_that_stalls(client: httpx.AsyncClient) -> None:
    """A sender that stops in the middle of its body is answered with 408 after the timeout."""

    async def stall() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    response = await client.post(PATH, content=stall(), headers={"content-type": "text/plain"})
    assert (response.status_code, response.json()["reason"]) == (408, "timed_out")


async def test_ready_follows_the_broker(client: httpx.AsyncClient, health: Health) -> None:
    """The service is not ready before the broker answers."""
    assert (await client.get("/ready")).status_code == 503
    health.set_ready("kafka", True)
    assert (await client.get("/ready")).status_code == 200


async def test_one_line_an_article(client: httpx.AsyncClient) -> None:
    """A published article has one log line, with its id."""
    with capture_logs() as logs:
        response = await client.post(PATH, json={"content": "x", "source": "s"})
    [line] = logs
    assert (line["event"], line["id"], line["source"]) == ("article_published", response.json()["id"], "s")


async def test_a_wrong_path_or_method_is_a_problem(client: httpx.AsyncClient) -> None:
    """A wrong path and a wrong method are answered like every error, and say where the API is."""
    missing, wrong = await client.post("/v1/article", content=b"x"), await client.get(PATH)
    for response, status in ((missing, 404), (wrong, 405)):
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
        assert response.json()["type"] == "about:blank"
        assert "POST /v1/articles accepts articles, /v1/retractions retractions; see /docs" in response.json()["detail"]
    assert wrong.headers["allow"] == "POST"


MEDIA_TYPES = st.sampled_from(
    ["application/json", "application/x-ndjson", "text/plain", "text/html; charset=utf-16", "text/plain;charset=big5"]
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.binary(max_size=2_000) | st.text(max_size=500).map(str.encode),
    media_type=MEDIA_TYPES | st.text(max_size=30),
)
async def test_no_bytes_give_a_server_error(client: httpx.AsyncClient, content: bytes, media_type: str) -> None:
    """Any bytes under any media type are answered with 202, 207 or a 4xx."""
    response = await client.post(PATH, content=content, headers=[(b"content-type", media_type.encode())])
    assert response.status_code in (202, 207) or 400 <= response.status_code < 500
