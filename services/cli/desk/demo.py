"""`copydesk demo`: the whole stream on this machine, with a check that every article had exactly one outcome."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from services.cli.articles.reading import SAMPLES, name_place, read_articles
from services.cli.articles.send import SendReport, send
from services.cli.console.hints import print_next_steps
from services.cli.console.progress import print_error, print_status, results_console, show_progress
from services.cli.console.render import render_event
from services.cli.desk.arrivals.collect import collect, wait_for_arrivals
from services.cli.desk.arrivals.outcomes import (
    OutcomeCounts,
    OutcomeReader,
    build_outcome_table,
    describe_latencies,
    is_complete,
    subtract,
)
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.arrivals.route_reasons import find_reasons
from services.cli.desk.processes.run_folder import open_run_folder
from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.desk.warm_up import warm_up
from services.errors import CopydeskError
from services.ingest.entries import Entry, UnreadableEntry
from services.sink.rules import Rules

PATIENCE = 120.0
"""Seconds without a new record after which the demo stops waiting and names the missing articles."""
MAX_PACED = 20
"""Largest number of articles that are sent one after another. Each is then shown when it has arrived, copies come after
their originals, and no latency includes the wait for other articles."""

Articles = Sequence[Entry | UnreadableEntry]

NEXT_STEPS = {
    "enrich FILE": "an article of your own, without Kafka",
    "route --rules RULES FILE": "which routes of yours it takes, and why",
    "up": "all this until Ctrl-C; in another terminal:",
    "try FILE": "  your articles, through all services",
    "page": "  the events in a browser",
    "--help": "all commands",
}
"""Commands to type after the demo, and what each does."""


@dataclass(slots=True)
class _Run:
    """Results of the demo."""

    report: SendReport = field(default_factory=SendReport)
    results: RunResults = field(default_factory=RunResults)
    outcomes: OutcomeCounts = field(default_factory=dict)


def demo(files: Sequence[Path], environ: Mapping[str, str]) -> int:
    """Send articles through Kafka and the services; return 0 if each had exactly one outcome, else 1.

    Raises ConfigurationError for wrong settings and rules, CopydeskError if no file has an article, and TransientError
    if the desk does not start.
    """
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    if not _count_posted(articles):
        _refuse(articles)
    with open_run_folder("demo") as folder, run_stack(environ, folder, report=print_status) as (stack, _):
        run = asyncio.run(_send_and_show(stack, articles))
        print_status("stopping")
    for line in run.report.errors:
        results_console.print(line, style="yellow", soft_wrap=True)
    results_console.print(build_outcome_table(len(articles), run.outcomes))
    latencies = run.results.latencies
    results_console.print(describe_latencies(latencies[key] for key in run.report.ids if key in latencies))
    faults = run.results.find_faults(run.report.ids)
    for fault in faults:
        print_error(f"not exactly one outcome: {fault}")
    print_next_steps(NEXT_STEPS, Path(sys.argv[0]))
    complete = is_complete(run.outcomes, _count_posted(articles)) and sum(run.report.outcomes.values()) == len(articles)
    return 0 if complete and not faults else 1


def _refuse(articles: Articles) -> NoReturn:
    """Raise CopydeskError, with a line for each file, because none has an article to send."""
    report = SendReport()
    for article in articles:
        if isinstance(article, UnreadableEntry):
            report.reject(name_place(article), article.reason, article.message)
    raise CopydeskError("\n".join(report.errors))


async def _send_and_show(stack: Stack, articles: Articles) -> _Run:
    run = _Run()
    async with collect(stack.kafka, stack.rules, stack.layout) as results, OutcomeReader(stack.pages) as reader:
        run.results = results
        print_status("warming up")
        await warm_up(stack.ingest, results)
        before = await reader.read()
        with show_progress("articles", len(articles), is_shown=len(articles) > MAX_PACED) as bar:
            for group in _split(articles):
                report = await send(stack.ingest, group)
                run.report.add(report)
                await wait_for_arrivals(results, set(report.ids), patience=PATIENCE)
                bar.advance(len(group))
                _show(report.ids, results, stack.rules)
        await wait_for_arrivals(
            results,
            set(run.report.ids),
            patience=PATIENCE,
            is_complete=lambda: _are_counted(reader, before, _count_posted(articles)),
        )
        run.outcomes = subtract(await reader.read(), before)
    return run


def _split(articles: Articles) -> Iterator[Articles]:
    """Yield few articles one by one, and many all together."""
    if len(articles) > MAX_PACED:
        yield articles
        return
    for article in articles:
        yield [article]


def _show(ids: Sequence[str], results: RunResults, rules: Rules) -> None:
    for article_id in dict.fromkeys(ids):
        event = results.events.get(article_id)
        if event is not None:
            results_console.print(render_event(event, find_reasons(rules, event), results.events))


async def _are_counted(reader: OutcomeReader, before: OutcomeCounts, posted: int) -> bool:
    return is_complete(subtract(await reader.read(), before), posted)


def _count_posted(articles: Articles) -> int:
    """Count the articles that reach ingest; an unreadable one is rejected by the command itself."""
    return sum(isinstance(article, Entry) for article in articles)
