"""`copydesk demo`: the whole stream on this machine, with a check that every article had exactly one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.articles.send import SendReport, send
from services.cli.console.progress import print_status, results_console, show_progress
from services.cli.console.render import render_event
from services.cli.desk.collect import collect, wait_for_arrivals
from services.cli.desk.results import OutcomeCounts, RunResults, build_outcome_table, is_complete, parse_outcomes
from services.cli.desk.stack import Stack, run_stack
from services.ingest.entries import Entry, UnreadableEntry

PATIENCE = 120.0
"""Seconds without a new record after which the demo stops waiting and names the missing articles."""


def demo(files: Sequence[Path], environ: Mapping[str, str]) -> int:
    """Send articles through Kafka and the services; return 0 if each had exactly one outcome, else 1."""
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    with (
        TemporaryDirectory(prefix="copydesk-demo-") as folder,
        run_stack(environ, Path(folder), report=print_status) as (stack, _),
    ):
        results, report, outcomes = asyncio.run(_send_and_collect(stack, articles))
    for article_id in dict.fromkeys(report.ids):
        if article_id in results.events:
            results_console.print(render_event(results.events[article_id], list(results.routed.get(article_id, ()))))
    for line in report.errors:
        results_console.print(line, style="yellow")
    results_console.print(build_outcome_table(len(articles), outcomes, results.latencies.values()))
    faults = results.find_faults(report.ids)
    for fault in faults:
        results_console.print(f"error: not exactly one outcome: {fault}", style="bold red")
    complete = is_complete(outcomes, _count_posted(articles)) and sum(report.outcomes.values()) == len(articles)
    return 0 if complete and not faults else 1


async def _send_and_collect(
    stack: Stack, articles: Sequence[Entry | UnreadableEntry]
) -> tuple[RunResults, SendReport, OutcomeCounts]:
    posted = _count_posted(articles)
    async with collect(stack.kafka) as results, httpx.AsyncClient(timeout=10.0) as client:

        async def all_are_counted() -> bool:
            return is_complete(await _read_outcomes(client, stack), posted)

        with show_progress("sending", len(articles)) as bar:
            report = await send(stack.ingest, articles, on_progress=bar.advance)
        ids = set(report.ids)
        with show_progress("enriching", len(ids)) as bar:
            await wait_for_arrivals(
                results, ids, patience=PATIENCE, on_progress=bar.advance, is_complete=all_are_counted
            )
        return results, report, await _read_outcomes(client, stack)


def _count_posted(articles: Sequence[Entry | UnreadableEntry]) -> int:
    """Count the articles that reach ingest; an unreadable one is rejected by the command itself."""
    return sum(isinstance(article, Entry) for article in articles)


async def _read_outcomes(client: httpx.AsyncClient, stack: Stack) -> OutcomeCounts:
    return parse_outcomes([await _read_metrics(client, service.page) for service in stack.services.values()])


async def _read_metrics(client: httpx.AsyncClient, page: str) -> str:
    try:
        return (await client.get(f"{page}/metrics")).text
    except httpx.HTTPError:
        return ""
