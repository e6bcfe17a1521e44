"""`copydesk send`: post articles to the ingest API, wait when it is busy, count the articles by outcome."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
from pydantic_core import to_json

from services.cli.articles.posting import BUSY, open_client, post
from services.cli.articles.reading import name_place
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Outcome
from services.runtime.service.retries import RetryPolicy

BATCH = 32
"""Maximum number of articles in a request: enough to share the round trip, few enough that a repeated request costs
little."""
BATCH_CHARACTERS = 2_000_000
"""Maximum number of characters of text of several articles in one request: its JSON is within the API's limit. A longer
article has a request of its own."""
MAX_ERRORS = 1_000
"""Maximum number of errors that are kept when there may be millions of articles."""
BATCH_SECONDS = 0.1
"""Seconds that a batch may last at a given rate, so that articles arrive evenly."""
RETRIES = RetryPolicy(attempts=None, timeout=300.0, max_wait=30.0, jitter=1.0)
"""Policy for one request: after five minutes without success the command ends."""
BUSY_WAIT = 1.0
"""Seconds to wait before the command posts again the items that the API was too busy for."""


@dataclass(slots=True)
class SendReport:
    """The outcome of every article that was sent."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    """Ids of the published articles, in the order of sending."""
    errors: list[str] = field(default_factory=list)
    """One line for each rejected article: its place and the reason."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Number of rejected articles by reason."""
    is_large: bool = False
    """True keeps no ids, and no more than MAX_ERRORS errors, because there may be millions of articles."""

    def record(self, place: str, result: Mapping[str, object]) -> None:
        """Add the API's result for one item."""
        if result["status"] == HTTPStatus.ACCEPTED:
            self.outcomes[Outcome.PUBLISHED] += 1
            if not self.is_large:
                self.ids.append(str(result["id"]))
            return
        error = result.get("error")
        named = error if isinstance(error, dict) else {}
        self.reject(
            place, str(named.get("reason", "unknown")), str(named.get("message") or named.get("title") or error)
        )

    def add(self, other: SendReport) -> None:
        """Add the outcomes of articles that were sent later."""
        self.outcomes += other.outcomes
        self.ids += other.ids
        self.errors += other.errors

    def reject(self, place: str, reason: str, message: str) -> None:
        """Add a rejected article."""
        self.outcomes[Outcome.REJECTED] += 1
        self.reasons[reason] += 1
        if not self.is_large or len(self.errors) < MAX_ERRORS:
            self.errors.append(f"{place}: {reason}: {message}")


async def send(  # noqa: PLR0913 - each option has a default
    url: str,
    articles: Iterable[Entry | UnreadableEntry],
    *,
    api_key: str | None = None,
    batch: int = BATCH,
    rate: float | None = None,
    retries: RetryPolicy = RETRIES,
    on_progress: Callable[[int], None] = lambda _: None,
    on_sent: Callable[[Sequence[Entry | UnreadableEntry], SendReport], None] = lambda _, __: None,
    report: SendReport | None = None,
) -> SendReport:
    """Post articles in batches to `url` + /v1/articles; return when each article is published or rejected.

    An unreadable article is counted as rejected and not sent. `rate` is in articles a second; without it, articles go
    as fast as the API accepts them. At a low rate the batches are smaller, so that the articles arrive evenly.
    `on_sent` is called with each group whose articles all have outcomes; `report` may have those of an earlier run.

    Raises TransientError if the API is busy (429, 503) or cannot be reached for as long as `retries` allows.
    """
    report = report if report is not None else SendReport()
    async with open_client(url, api_key) as client:
        started, sent = time.monotonic(), 0
        for group in _split_into_groups(
            articles, batch if rate is None else max(1, min(batch, round(rate * BATCH_SECONDS)))
        ):
            await _send_group(client, group, report, retries)
            on_progress(len(group))
            on_sent(group, report)
            sent += len(group)
            if rate is not None:
                await asyncio.sleep(max(0.0, started + sent / rate - time.monotonic()))
    return report


async def _send_group(
    client: httpx.AsyncClient, group: Sequence[Entry | UnreadableEntry], report: SendReport, retries: RetryPolicy
) -> None:
    """Post one batch, and post again the items that the API was too busy for."""
    waiting = []
    for article in group:
        if isinstance(article, UnreadableEntry):
            report.reject(name_place(article), article.reason, article.message)
        else:
            waiting.append(article)
    while waiting:
        answers = await _post_together(client, [article.fields for article in waiting], retries)
        results = {int(str(answer["index"])): answer for answer in answers}
        busy = [article for index, article in enumerate(waiting) if results[index]["status"] in BUSY]
        for index, article in enumerate(waiting):
            if results[index]["status"] not in BUSY:
                report.record(name_place(article), results[index])
        waiting = busy
        if waiting:
            await asyncio.sleep(BUSY_WAIT)


async def _post_together(
    client: httpx.AsyncClient, articles: Sequence[Mapping[str, object]], retries: RetryPolicy
) -> list[dict[str, object]]:
    """Post articles in one request, or each alone if the API refuses the request as a whole.

    One article that is too large for the API must not cost the articles that share its request.
    """
    answers = await _post(client, articles, retries)
    if answers is not None:
        return answers
    results: list[dict[str, object]] = []
    for index, article in enumerate(articles):
        answer = await _post(client, [article], retries)
        results.append({**(answer or [{"status": HTTPStatus.BAD_REQUEST}])[0], "index": index})
    return results


async def _post(
    client: httpx.AsyncClient, articles: Sequence[Mapping[str, object]], retries: RetryPolicy
) -> list[dict[str, object]] | None:
    """Post articles in one request. Returns the result of each; None if several were refused as a whole."""
    response = await post(client, "/v1/articles", to_json(articles), what="post articles", retries=retries)
    answer = _read_answer(response)
    if "results" in answer:
        return list(answer["results"])
    refused = {"index": 0, "status": response.status_code, "error": answer}
    return [refused] if len(articles) == 1 else None


def _read_answer(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response, or its status as one: a proxy may answer with a page of its own."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"title": f"the API answered status {response.status_code}"}


def _split_into_groups(
    articles: Iterable[Entry | UnreadableEntry], max_articles: int
) -> Iterator[list[Entry | UnreadableEntry]]:
    """Yield groups of at most `max_articles` articles and BATCH_CHARACTERS of text, or of one longer article."""
    group: list[Entry | UnreadableEntry] = []
    characters = 0
    for article in articles:
        size = len(str(article.fields.get("content", ""))) if isinstance(article, Entry) else 0
        if group and (len(group) >= max_articles or characters + size > BATCH_CHARACTERS):
            yield group
            group, characters = [], 0
        group.append(article)
        characters += size
    if group:
        yield group
