"""`copydesk try`: send articles to services that already run, and show the event and the routes of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.articles.send import SendReport, send
from services.cli.console.progress import results_console, show_progress
from services.cli.console.render import render_event
from services.cli.desk.arrivals.collect import collect, wait_for_arrivals
from services.cli.desk.arrivals.results import RunResults
from services.ingest.entries import Entry, UnreadableEntry
from services.runtime.service.settings import KafkaSettings


def try_articles(url: str, kafka: KafkaSettings, files: Sequence[Path], *, api_key: str | None, patience: float) -> int:
    """Send the files, or the samples, and show each event with its routes; return 0 if every article arrived, else 1.

    `patience` is the longest time, in seconds, without a further arrival. Raises TransientError if the ingest API or
    Kafka does not answer.
    """
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    results, report, seconds = asyncio.run(_send_and_collect(url, kafka, articles, api_key, patience))
    missing = [article_id for article_id in dict.fromkeys(report.ids) if not results.has_arrived(article_id)]
    for article_id in dict.fromkeys(report.ids):
        if article_id in results.events:
            results_console.print(render_event(results.events[article_id], list(results.routed.get(article_id, ()))))
        elif results.dead[article_id]:
            results_console.print(f"{article_id}: dead-lettered", style="yellow")
    for line in report.errors:
        results_console.print(line, style="yellow")
    for article_id in missing:
        results_console.print(f"{article_id}: missing; no article arrived for {patience:g} s", style="bold red")
    arrived = len(set(report.ids)) - len(missing)
    results_console.print(f"{len(articles)} articles sent, {arrived} arrived within {seconds:.1f} s")
    return 1 if missing else 0


async def _send_and_collect(
    url: str, kafka: KafkaSettings, articles: Sequence[Entry | UnreadableEntry], api_key: str | None, patience: float
) -> tuple[RunResults, SendReport, float]:
    async with collect(kafka) as results:
        started = time.monotonic()
        with show_progress("sending", len(articles)) as bar:
            report = await send(url, articles, api_key=api_key, on_progress=bar.advance)
        ids = set(report.ids)
        with show_progress("enriching", len(ids)) as bar:
            await wait_for_arrivals(results, ids, patience=patience, on_progress=bar.advance)
        return results, report, time.monotonic() - started
