"""`copydesk try`: articles through a desk that runs already, and what came of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from services.cli.articles import SAMPLES, read_articles
from services.cli.collect import collect
from services.cli.progress import results, show_progress
from services.cli.render import render_event
from services.cli.results import Desk
from services.cli.send import Report, send
from services.ingest.entries import Entry, UnreadableEntry
from services.runtime.service.settings import KafkaSettings

POLL = 0.2


def attempt(url: str, kafka: KafkaSettings, files: Sequence[Path], *, api_key: str | None, patience: float) -> int:
    """Send the files, or the samples, and show each event with its routes; returns 0 when all arrived.

    `patience` is how many seconds may pass without a further article at its end. Raises TransientError when the
    ingest API or Kafka does not answer.
    """
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    desk, report, seconds = asyncio.run(_drive(url, kafka, articles, api_key, patience))
    missing = [article_id for article_id in dict.fromkeys(report.ids) if not desk.has_arrived(article_id)]
    for article_id in dict.fromkeys(report.ids):
        if article_id in desk.events:
            results.print(render_event(desk.events[article_id], list(desk.routed.get(article_id, ()))))
        elif desk.dead[article_id]:
            results.print(f"{article_id}: dead-lettered", style="yellow")
    for line in report.errors:
        results.print(line, style="yellow", highlight=False)
    for article_id in missing:
        results.print(f"{article_id}: not at its end after {patience:g} s without progress", style="bold red")
    arrived = len(set(report.ids)) - len(missing)
    results.print(f"{len(articles)} articles sent, {arrived} at their end after {seconds:.1f} s", highlight=False)
    return 1 if missing else 0


async def _drive(
    url: str, kafka: KafkaSettings, articles: Sequence[Entry | UnreadableEntry], api_key: str | None, patience: float
) -> tuple[Desk, Report, float]:
    async with collect(kafka) as desk:
        started = time.monotonic()
        with show_progress("sending", len(articles)) as bar:
            report = await send(url, articles, api_key=api_key, on_progress=bar.advance)
        await _await_arrivals(desk, set(report.ids), patience)
        return desk, report, time.monotonic() - started


async def _await_arrivals(desk: Desk, ids: set[str], patience: float) -> None:
    seen, moved = 0, time.monotonic()
    with show_progress("enriching", len(ids)) as bar:
        while True:
            arrived = sum(1 for article_id in ids if desk.has_arrived(article_id))
            if arrived > seen:
                bar.advance(arrived - seen)
                seen, moved = arrived, time.monotonic()
            if arrived == len(ids) or time.monotonic() - moved > patience:
                return
            await asyncio.sleep(POLL)
