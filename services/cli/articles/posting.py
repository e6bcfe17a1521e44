"""Requests of the commands to the ingest API, which are posted again while it is busy or cannot be reached."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

import httpx

from services.cli.addresses import INGEST_URL
from services.cli.console.progress import print_retry
from services.errors import ConfigurationError, TransientError
from services.runtime.service.retries import RetryPolicy, retry

BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Statuses of an API that is too busy for a request."""
TIMEOUT = 60.0
"""Seconds until an answer to one request."""


def open_client(url: str, api_key: str | None) -> httpx.AsyncClient:
    """Return a client of the ingest API. Raises ConfigurationError if the URL cannot be parsed."""
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT)
    except httpx.InvalidURL as error:
        raise _refuse_url(url) from error


async def post(
    client: httpx.AsyncClient,
    path: str,
    content: bytes,
    *,
    what: str,
    retries: RetryPolicy,
    busy: Collection[int] = BUSY,
    option: str = "--url",
) -> httpx.Response:
    """Post JSON, again while the API answers with a status of `busy` or cannot be reached, and return its answer.

    `what` describes the request, and `option` is the command's option for the URL. Raises TransientError if the API
    does not answer for as long as `retries` allows, and ConfigurationError if the URL is no URL of an API.
    """

    async def attempt() -> httpx.Response:
        try:
            response = await client.post(path, content=content, headers={"content-type": "application/json"})
        except httpx.UnsupportedProtocol:
            raise
        except httpx.ConnectError as error:
            way_out = f"start it with copydesk up, or name another with {option}"
            raise TransientError(f"no ingest API answers at {client.base_url} ({error}); {way_out}") from error
        except httpx.TransportError as error:
            cause = str(error) or type(error).__name__
            raise TransientError(f"the connection to {client.base_url} broke: {cause}") from error
        if response.status_code in busy:
            raise TransientError(
                f"the ingest API at {client.base_url} is busy (status {response.status_code})",
                retry_after=_read_retry_after(response, retries.max_wait),
            )
        return response

    try:
        return await retry(what, attempt, policy=retries, report=print_retry)
    except httpx.UnsupportedProtocol as error:
        raise _refuse_url(str(client.base_url)) from error


def _refuse_url(url: str) -> ConfigurationError:
    return ConfigurationError(f"{url or 'an empty text'} is no URL of an ingest API; write it as {INGEST_URL}")


def _read_retry_after(response: httpx.Response, max_wait: float) -> float | None:
    try:
        return min(float(response.headers["retry-after"]), max_wait)
    except (KeyError, ValueError):
        return None
