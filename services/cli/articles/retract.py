"""`copydesk retract`: post requests to retract articles to the ingest API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import httpx

from services.cli.addresses import INGEST_URL
from services.cli.console.progress import print_retry
from services.contracts.retraction import RetractionRequest
from services.errors import ConfigurationError, CopydeskError, TransientError
from services.runtime.service.retries import RetryPolicy, retry

PATH = "/v1/retractions"
BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for one request: after a minute without success the command ends."""


async def retract(url: str, requests: Sequence[RetractionRequest], *, api_key: str | None) -> None:
    """Post each request and return when the broker has all of them.

    Raises CopydeskError if the API refuses a request, and TransientError if it is busy or cannot be reached for as long
    as RETRIES allows. A request that is posted again after an error is harmless.
    """
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60.0) as client:
        for request in requests:
            await _post(client, request)


async def _post(client: httpx.AsyncClient, request: RetractionRequest) -> None:
    content = request.model_dump_json(exclude_none=True)

    async def post() -> httpx.Response:
        try:
            answer = await client.post(PATH, content=content, headers={"content-type": "application/json"})
        except httpx.TransportError as error:
            raise TransientError(
                f"cannot reach ingest at {client.base_url}: {error or type(error).__name__}"
            ) from error
        if answer.status_code in BUSY:
            raise TransientError(f"ingest at {client.base_url} answered {answer.status_code}")
        return answer

    try:
        answer = await retry("post a retraction", post, policy=RETRIES, report=print_retry)
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise ConfigurationError(f"{client.base_url} is no URL of an ingest API; write it as {INGEST_URL}") from error
    if answer.status_code != HTTPStatus.ACCEPTED:
        raise CopydeskError(f"ingest at {client.base_url} answered {answer.status_code}: {answer.text[:500]}")
