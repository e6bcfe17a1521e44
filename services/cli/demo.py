"""`copydesk demo`: the whole path on this machine, judged article by article."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from services.cli.articles import SAMPLES, read_articles
from services.cli.collect import collect
from services.cli.progress import results, show_progress, tell
from services.cli.render import render_event
from services.cli.results import Desk, Outcomes, build_table, is_settled, parse_outcomes
from services.cli.send import Report, send
from services.cli.stack import Stack, run_stack
from services.ingest.entries import Entry, UnreadableEntry

QUIET_AFTER = 120.0
"""Seconds without a new record after which the demo stops waiting and tells what is missing."""
POLL = 0.2


def demo(files: Sequence[Path], environ: Mapping[str, str]) -> int:
    """Send articles through Kafka and the services; returns 0 when each came to exactly one outcome."""
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    with (
        TemporaryDirectory(prefix="copydesk-demo-") as folder,
        run_stack(environ, Path(folder), report=tell) as (stack, _),
    ):
        desk, report, outcomes = asyncio.run(_drive(stack, articles))
    for article_id in dict.fromkeys(report.ids):
        if article_id in desk.events:
            results.print(render_event(desk.events[article_id], list(desk.routed.get(article_id, ()))))
    for line in report.errors:
        results.print(line, style="yellow")
    results.print(build_table(len(articles), outcomes, desk.latencies.values()))
    faults = desk.find_faults(report.ids)
    for fault in faults:
        results.print(f"not exactly one outcome: {fault}", style="bold red")
    settled = is_settled(outcomes, _count_posted(articles)) and sum(report.outcomes.values()) == len(articles)
    return 0 if settled and not faults else 1


async def _drive(stack: Stack, articles: Sequence[Entry | UnreadableEntry]) -> tuple[Desk, Report, Outcomes]:
    async with collect(stack.kafka) as desk:
        with show_progress("sending", len(articles)) as bar:
            report = await send(stack.ingest, articles, on_progress=bar.advance)
        with show_progress("enriching", len(report.ids)) as bar:
            outcomes = await _settle(stack, desk, report, _count_posted(articles), bar.advance)
    return desk, report, outcomes


def _count_posted(articles: Sequence[Entry | UnreadableEntry]) -> int:
    """What reaches ingest: the unreadable are refused before."""
    return sum(isinstance(article, Entry) for article in articles)


async def _settle(stack: Stack, desk: Desk, report: Report, posted: int, advance: Callable[[int], None]) -> Outcomes:
    """Until every article is at an outcome and seen, or nothing moved for long; returns the outcomes by stage."""
    ids = set(report.ids)
    seen, moved = 0, time.monotonic()
    async with httpx.AsyncClient(timeout=10.0) as client:
        while True:
            pages = [await _read_page(client, service.page) for service in stack.services.values()]
            outcomes = parse_outcomes(pages)
            arrived = sum(1 for article_id in ids if desk.has_arrived(article_id))
            if arrived > seen:
                advance(arrived - seen)
                seen, moved = arrived, time.monotonic()
            done = arrived == len(ids) and is_settled(outcomes, posted)
            if done or time.monotonic() - moved > QUIET_AFTER:
                return outcomes
            await asyncio.sleep(POLL)


async def _read_page(client: httpx.AsyncClient, page: str) -> str:
    try:
        return (await client.get(f"{page}/metrics")).text
    except httpx.HTTPError:
        return ""
