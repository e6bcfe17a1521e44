"""Tests of `POST /v1/retractions`."""

from __future__ import annotations

import json
from http import HTTPStatus

import httpx
import pytest

from services.contracts.headers import RETRACTION_REQUEST_TYPE
from services.contracts.topics import RETRACTION_REQUESTS
from tests.support.fake_publisher import FakePublisher

PATH = "/v1/retractions"


@pytest.mark.parametrize("named", [{"id": "abc"}, {"url": "https://wire.example/1"}, {"source": "wire.example"}])
async def test_a_request_is_published(
    client: httpx.AsyncClient, publisher: FakePublisher, named: dict[str, str]
) -> None:
    """A request is on the topic of requests when it is answered."""
    body = {**named, "reason": " Withdrawn. "}
    answer = await client.post(PATH, json=body)
    assert (answer.status_code, answer.json()) == (HTTPStatus.ACCEPTED, {**named, "reason": "Withdrawn."})
    [published] = publisher.published
    assert published.topic == RETRACTION_REQUESTS
    assert {name: value for name, value in json.loads(published.value).items() if value} == answer.json()
    assert dict(published.headers)["ce_type"] == RETRACTION_REQUEST_TYPE.encode()


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "x"},
        {"id": "a", "source": "b", "reason": "x"},
        {"id": "a"},
        {"id": "a", "reason": " "},
        {"id": "", "reason": "x"},
        {"url": "ftp://wire.example/1", "reason": "x"},
        ["a"],
        {"id": "a", "reason": "x" * 1_001},
    ],
)
async def test_a_wrong_request_is_refused(client: httpx.AsyncClient, publisher: FakePublisher, body: object) -> None:
    """A request that names no article or several ones, or has no reason, gets an error and is not published."""
    answer = await client.post(PATH, json=body)
    assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.text
    assert publisher.published == []


async def test_only_json_with_a_key_is_accepted(client: httpx.AsyncClient, guarded: httpx.AsyncClient) -> None:
    """Another media type is refused, and so is a request without a key where one is needed."""
    text = await client.post(PATH, content="a", headers={"content-type": "text/plain"})
    assert text.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert (await guarded.post(PATH, json={"id": "a", "reason": "x"})).status_code == HTTPStatus.UNAUTHORIZED


async def test_an_unreachable_broker_defers_the_request(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    """Without an acknowledgement the sender is asked to send again."""
    publisher.is_available = False
    assert (await client.post(PATH, json={"id": "a", "reason": "x"})).status_code == HTTPStatus.SERVICE_UNAVAILABLE
