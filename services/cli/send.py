"""`copydesk send`: posts articles to the ingest API, backs off when told to, counts by outcome."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import stamina
from pydantic_core import to_json

from services.errors import TransientError
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Outcome

BATCH = 32
"""Articles a request: large enough that the round trip is shared, small enough that one refusal repeats little."""
BATCH_CHARACTERS = 2_000_000
"""Text a request: with another article of the largest kind on top, in JSON, within what the API takes."""
EVENLY = 0.1
"""Seconds of a given rate that one batch may hold."""
GIVE_UP_AFTER = 300.0
"""Seconds of refusals for one request before the command ends; what was not acknowledged is named."""
LONGEST_PAUSE = 30.0
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


class _Busy(Exception):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} from the ingest API")
        self.pause = _retry_after(response)


async def send(
    url: str,
    articles: Iterable[Entry | UnreadableEntry],
    *,
    api_key: str | None = None,
    batch: int = BATCH,
    rate: float | None = None,
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
            await _send_group(client, group, report)
            on_progress(len(group))
            sent += len(group)
            if rate is not None:
                await asyncio.sleep(max(0.0, started + sent / rate - time.monotonic()))
    return report


async def _send_group(client: httpx.AsyncClient, group: Sequence[Entry | UnreadableEntry], report: Report) -> None:
    """Post one batch; what the API was too busy for is posted again, and nothing else."""
    waiting = []
    for article in group:
        if isinstance(article, UnreadableEntry):
            report.reject(article.position, f"{article.reason}: {article.message}")
        else:
            waiting.append(article)
    while waiting:
        results = {int(str(result["index"])): result for result in await _post(client, [a.fields for a in waiting])}
        busy = [article for index, article in enumerate(waiting) if results[index]["status"] in BUSY]
        for index, article in enumerate(waiting):
            if results[index]["status"] not in BUSY:
                report.record(article.position, results[index])
        waiting = busy
        if waiting:
            await asyncio.sleep(PAUSE)


async def _post(client: httpx.AsyncClient, articles: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    try:
        async for attempt in stamina.retry_context(
            on=_pause, attempts=None, timeout=GIVE_UP_AFTER, wait_max=LONGEST_PAUSE
        ):
            with attempt:
                response = await client.post(
                    "/v1/articles", content=to_json(articles), headers={"content-type": "application/json"}
                )
                if response.status_code in BUSY:
                    raise _Busy(response)
    except (_Busy, httpx.TransportError) as error:
        raise TransientError(f"gave up: {error or type(error).__name__}") from error
    return _read_results(response, len(articles))


def _read_results(response: httpx.Response, count: int) -> list[dict[str, object]]:
    answer = response.json()
    if "results" in answer:
        return list(answer["results"])
    return [{"index": index, "status": response.status_code, "error": answer} for index in range(count)]


def _pause(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds where the API said so."""
    if isinstance(error, _Busy):
        return error.pause if error.pause is not None else True
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return min(float(response.headers["retry-after"]), LONGEST_PAUSE)
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
