"""`copydesk try`: send articles to services that already run, and show the event and the routes of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from services.cli.addresses import Addresses
from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.articles.send import SendReport, send
from services.cli.console.progress import print_error, print_status, results_console, show_progress
from services.cli.console.render import render_event
from services.cli.desk.arrivals.collect import collect, wait_for_arrivals, wait_for_routes
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.arrivals.route_reasons import find_reasons
from services.contracts.text.quantities import count_articles
from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry
from services.runtime.service.retries import RetryPolicy
from services.sink.rules import Rules, read_rules

ROUTES_WITHIN = 15.0
"""Seconds in which the events that have arrived must be on all their routes. The topic of a new route is noticed within
five seconds."""
RETRIES = RetryPolicy(attempts=None, timeout=5.0, max_wait=2.0, jitter=1.0)
"""Policy for one request. Someone waits at the terminal, and the services run already: another URL is more likely wrong
than the API is busy for long."""
EARLIER_RULES = "by the rules that were in force then"
"""Reason for a route that the current rules do not give."""


def try_articles(addresses: Addresses, files: Sequence[Path], *, api_key: str | None, patience: float) -> int:
    """Send the files, or the samples, and show each event with its routes; return 0 if every article arrived, else 1.

    `patience` is the longest time, in seconds, without a further arrival. Raises TransientError if the ingest API or
    Kafka does not answer.
    """
    articles = list(read_articles(files or sorted(SAMPLES.iterdir())))
    rules = read_desk_rules(addresses.rules)
    results, report, seconds = asyncio.run(_send_and_collect(addresses, articles, rules, api_key, patience))
    return show_run(report, results, rules, seconds=seconds, patience=patience)


def read_desk_rules(path: Path | None) -> Rules | None:
    """Return the rules that explain the routes; None if they are unknown, or if the desk's file is wrong now.

    The desk then routes by the earlier rules, so that articles can be tried all the same.
    """
    try:
        return read_rules(path) if path is not None else None
    except ConfigurationError as error:
        print_status(f"the routes have no reasons here, because the rules file of the desk is wrong:\n{error}")
        return None


def show_run(report: SendReport, results: RunResults, rules: Rules | None, *, seconds: float, patience: float) -> int:
    """Print every event, every rejected article and the sums; return 0 if all articles arrived on their routes, else 1.

    Identical articles in one run are one article, and the later ones count as repeated.
    """
    ids = list(dict.fromkeys(report.ids))
    faults = sum([_show(article_id, results, rules, patience) for article_id in ids])
    for line in report.errors:
        print_error(f"rejected: {line}")
    arrived = sum(results.has_arrived(article_id) and article_id not in results.earlier for article_id in ids)
    repeated = len(report.ids) - len(ids) + sum(article_id in results.earlier for article_id in ids)
    rejected = f", {len(report.errors)} rejected" if report.errors else ""
    again = f", {repeated} repeated: nothing new was published for {'it' if repeated == 1 else 'them'}"
    sums = f"{count_articles(len(report.ids))} sent{rejected}, {arrived} arrived within {seconds:.1f} s"
    results_console.print(sums + (again if repeated else ""), soft_wrap=True)
    return 1 if faults or report.errors else 0


def _show(article_id: str, results: RunResults, rules: Rules | None, patience: float) -> bool:
    """Print an article's event, with the reasons of its routes if known; return whether anything is missing."""
    event = results.events.get(article_id)
    if event is not None:
        taken = sorted(results.routed.get(article_id, ()))
        reasons = find_reasons(rules, event) if rules is not None else None
        routes = taken if reasons is None else {name: reasons.get(name, EARLIER_RULES) for name in taken}
        results_console.print(render_event(event, routes, results.events))
    elif results.dead[article_id]:
        print_error(f"{article_id} is among the dead letters; copydesk dlq list shows them")
    if not results.has_arrived(article_id):
        what = "is on no route" if event is not None else "is missing"
        print_error(f"{article_id} {what}: no article arrived for {patience:g} s")
        return True
    missing = results.find_missing_routes(article_id)
    if article_id in results.earlier:
        note = f"; the rules of today would also give it the routes {', '.join(missing)}" if missing else ""
        line = f"{article_id} is repeated: it was sent before, and nothing new was published; this is its event{note}"
        results_console.print(line, style="yellow", soft_wrap=True)
        return False
    if missing:
        print_error(f"{article_id} did not arrive within {ROUTES_WITHIN:g} s on these routes: {', '.join(missing)}")
    return bool(missing)


async def _send_and_collect(
    addresses: Addresses,
    articles: Sequence[Entry | UnreadableEntry],
    rules: Rules | None,
    api_key: str | None,
    patience: float,
) -> tuple[RunResults, SendReport, float]:
    async with collect(addresses.kafka, rules, addresses.layout) as results:
        started = time.monotonic()
        with show_progress("sending", len(articles)) as bar:
            report = await send(addresses.url, articles, api_key=api_key, retries=RETRIES, on_progress=bar.advance)
        ids = set(report.ids)
        with show_progress("enriching", len(ids)) as bar:
            await wait_for_arrivals(results, ids, patience=patience, on_progress=bar.advance)
            await wait_for_routes(results, ids, within=ROUTES_WITHIN)
        return results, report, time.monotonic() - started
