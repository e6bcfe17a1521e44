"""`copydesk retract`: post requests to retract articles to the ingest API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from services.cli.articles.posting import BUSY, open_client, post
from services.contracts.retraction import RetractionRequest
from services.errors import CopydeskError
from services.runtime.service.retries import RetryPolicy

PATH = "/v1/retractions"
RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for one request: after a minute without success the command ends."""


async def retract(url: str, requests: Sequence[RetractionRequest], *, api_key: str | None) -> None:
    """Post each request and return when the broker has all of them.

    Raises CopydeskError if the API refuses a request, and TransientError if it is busy or cannot be reached for as long
    as RETRIES allows. A request that is posted again after an error is harmless.
    """
    async with open_client(url, api_key) as client:
        for request in requests:
            answer = await post(
                client,
                PATH,
                request.model_dump_json(exclude_none=True).encode(),
                what="post a retraction",
                retries=RETRIES,
                busy=(*BUSY, HTTPStatus.REQUEST_TIMEOUT),
                option="--ingest",
            )
            if answer.status_code != HTTPStatus.ACCEPTED:
                raise CopydeskError(f"ingest at {client.base_url} answered {answer.status_code}: {answer.text[:500]}")
