"""`copydesk send`: posts articles to the ingest API, backs off when told to, counts by outcome."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from pydantic_core import to_json

from services.cli.progress import show_retry
from services.errors import TransientError
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Outcome
from services.runtime.service.retries import RetryPolicy, retry

BATCH = 32
"""Articles a request: large enough that the round trip is shared, small enough that one refusal repeats little."""
BATCH_CHARACTERS = 2_000_000
"""Text a request: with another article of the largest kind on top, in JSON, within what the API takes."""
EVENLY = 0.1
"""Seconds of a given rate that one batch may hold."""
RETRIES = RetryPolicy(attempts=None, timeout=300.0, max_wait=30.0, jitter=1.0)
"""Policy for one request: after five minutes of refusals the command ends and names what was not acknowledged."""
PAUSE = 1.0
"""Seconds before the items of a batch that the API was too busy for are posted again."""
BUSY = (429, 503)


@dataclass(slots=True)
class Report:
    """What became of the articles sent."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    """Of the published ones, in the order of sending."""
    errors: list[str] = field(default_factory=list)
    """Of the rejected ones: which, and why."""

    def record(self, position: int, result: Mapping[str, object]) -> None:
        """Take down one item's result."""
        if result["status"] == 202:
            self.outcomes[Outcome.PUBLISHED] += 1
            self.ids.append(str(result["id"]))
            return
        self.reject(position, str(result.get("error")))

    def reject(self, position: int, why: str) -> None:
        """Take down a refusal."""
        self.outcomes[Outcome.REJECTED] += 1
        self.errors.append(f"article {position}: {why}")


async def send(
    url: str,
    articles: Iterable[Entry | UnreadableEntry],
    *,
    api_key: str | None = None,
    batch: int = BATCH,
    rate: float | None = None,
    retries: RetryPolicy = RETRIES,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Post articles in batches to `url` + /v1/articles; returns when each is acknowledged or refused.

    What is unreadable is counted as rejected and not sent. `rate` is in articles a second, as fast as possible
    without it; what is sent slowly goes in smaller batches, so that it arrives evenly.

    Raises TransientError when the API answered nothing but 429, 503 or a broken connection for five minutes.
    """
    report = Report()
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60.0) as client:
        started, sent = time.monotonic(), 0
        for group in _in_groups(articles, batch if rate is None else max(1, min(batch, round(rate * EVENLY)))):
            await _send_group(client, group, report, retries)
            on_progress(len(group))
            sent += len(group)
            if rate is not None:
                await asyncio.sleep(max(0.0, started + sent / rate - time.monotonic()))
    return report


async def _send_group(
    client: httpx.AsyncClient, group: Sequence[Entry | UnreadableEntry], report: Report, retries: RetryPolicy
) -> None:
    """Post one batch; what the API was too busy for is posted again, and nothing else."""
    waiting = []
    for article in group:
        if isinstance(article, UnreadableEntry):
            report.reject(article.position, f"{article.reason}: {article.message}")
        else:
            waiting.append(article)
    while waiting:
        results = {
            int(str(result["index"])): result for result in await _post(client, [a.fields for a in waiting], retries)
        }
        busy = [article for index, article in enumerate(waiting) if results[index]["status"] in BUSY]
        for index, article in enumerate(waiting):
            if results[index]["status"] not in BUSY:
                report.record(article.position, results[index])
        waiting = busy
        if waiting:
            await asyncio.sleep(PAUSE)


async def _post(
    client: httpx.AsyncClient, articles: Sequence[Mapping[str, object]], retries: RetryPolicy
) -> list[dict[str, object]]:
    body = to_json(articles)
    try:
        response = await retry("post articles", lambda: _try_post(client, body), policy=retries, report=show_retry)
    except (TransientError, httpx.UnsupportedProtocol) as error:
        raise TransientError(f"gave up: {error}") from error
    return _read_results(response, len(articles))


async def _try_post(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    """Post a request once. Raises TransientError when the API is busy or the connection breaks."""
    try:
        response = await client.post("/v1/articles", content=body, headers={"content-type": "application/json"})
    except httpx.UnsupportedProtocol:
        raise
    except httpx.TransportError as error:
        raise TransientError(str(error) or type(error).__name__) from error
    if response.status_code in BUSY:
        raise TransientError(f"{response.status_code} from the ingest API", retry_after=_read_retry_after(response))
    return response


def _read_results(response: httpx.Response, count: int) -> list[dict[str, object]]:
    answer = response.json()
    if "results" in answer:
        return list(answer["results"])
    return [{"index": index, "status": response.status_code, "error": answer} for index in range(count)]


def _read_retry_after(response: httpx.Response) -> float | None:
    try:
        return min(float(response.headers["retry-after"]), RETRIES.max_wait)
    except (KeyError, ValueError):
        return None


def _in_groups(articles: Iterable[Entry | UnreadableEntry], most: int) -> Iterator[list[Entry | UnreadableEntry]]:
    """Groups of at most `most` articles, and of little more text than a request should carry."""
    group: list[Entry | UnreadableEntry] = []
    characters = 0
    for article in articles:
        group.append(article)
        characters += len(str(article.fields.get("content", ""))) if isinstance(article, Entry) else 0
        if len(group) >= most or characters >= BATCH_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group
