"""`copydesk try`: send articles to services that already run, and show the event and the routes of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from services.cli.addresses import Addresses
from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.articles.send import SendReport, send
from services.cli.console.progress import print_error, results_console, show_progress
from services.cli.console.render import render_event
from services.cli.desk.arrivals.collect import collect, wait_for_arrivals
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.arrivals.route_reasons import find_reasons
from services.ingest.entries import Entry, UnreadableEntry
from services.runtime.service.settings import KafkaSettings
from services.sink.rules import Rules, read_rules


def try_articles(addresses: Addresses, files: Sequence[Path], *, api_key: str | None, patience: float) -> int:
    """Send the files, or the samples, and show each event with its routes; return 0 if every article arrived, else 1.

    `patience` is the longest time, in seconds, without a further arrival. Raises TransientError if the ingest API or
    Kafka does not answer.
    """
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    rules = read_rules(addresses.rules) if addresses.rules is not None else None
    results, report, seconds = asyncio.run(
        _send_and_collect(addresses.url, addresses.kafka, articles, api_key, patience)
    )
    for article_id in dict.fromkeys(report.ids):
        _show(article_id, results, rules, patience)
    for line in report.errors:
        results_console.print(line, style="yellow", soft_wrap=True)
    ids = set(report.ids)
    arrived = sum(results.has_arrived(article_id) for article_id in ids)
    results_console.print(f"{len(articles)} articles sent, {arrived} arrived within {seconds:.1f} s")
    return 0 if arrived == len(ids) else 1


def _show(article_id: str, results: RunResults, rules: Rules | None, patience: float) -> None:
    """Print an article's event; the reasons of its routes are known if the rules are."""
    event = results.events.get(article_id)
    if event is not None:
        reasons = find_reasons(rules, event) if rules is not None else {}
        taken = sorted(results.routed.get(article_id, ()))
        # The rules may have changed since: then the routes that it has taken are shown without reasons.
        routes = reasons if sorted(reasons) == taken else taken
        results_console.print(render_event(event, routes, results.events))
    elif results.dead[article_id]:
        print_error(f"{article_id} is among the dead letters; copydesk dlq list shows them")
    if not results.has_arrived(article_id):
        print_error(f"{article_id} is missing: no article arrived for {patience:g} s")


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
