"""Benchmark of the whole stream: articles per second through Kafka and the services, as a ratio to a plain loop.

Run: python -m tests.benchmarks.bench_stream

Both use all cores of the machine: the loop has as many processes as annotate has workers. Both have the same articles,
weights and enrichment settings (from the environment). Without FILES, the project's own articles are used. A few
articles are processed before the clock starts, so that no figure includes the start or the broker's first use. With a
--rate below the limit, the latencies are those of the processing; without one, they include the time in the queue.
Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeGuard

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from services.cli.articles.enrich import LocalEnricher, build_enricher
from services.cli.articles.reading import read_articles
from services.cli.articles.send import send
from services.cli.desk.arrivals.outcomes import percentile
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.processes.stack import run_stack
from services.cli.kafka.tail import read_committed
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import PermanentError
from services.ingest.entries import Entry, UnreadableEntry
from services.processor.annotate.settings import AnnotateSettings
from services.runtime.service.settings import KafkaSettings, load_section, name_variable
from tests.support.builders import build_entries
from tests.support.kafka_records import read_until

TIMEOUT = 60.0
"""Seconds without a further event after which a measurement ends."""
CORES = os.cpu_count() or 1
WARMING = 64
"""Articles that are processed before the clock starts: two of annotate's micro-batches."""
ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    files: Annotated[list[Path] | None, typer.Argument(help="Articles, as `copydesk send` reads them.")] = None,
    articles: Annotated[int, typer.Option(help="Articles to measure.")] = 500,
    workers: Annotated[int, typer.Option(help="Workers of annotate, and processes of the loop.")] = CORES,
    rate: Annotated[
        float | None, typer.Option(help="Articles per second; without it, as fast as ingest accepts them.")
    ] = None,
) -> None:
    """Measure and print."""
    loaded = load_entries(files or [], articles + WARMING)
    warming, entries = loaded[:WARMING], loaded[WARMING:]
    loop = measure_loop(entries, workers)
    stream, latencies = measure_stream(warming, entries, workers, rate)
    result = {
        "articles": len(entries),
        "workers": workers,
        "rate": rate,
        "plain_loop_articles_per_second": round(loop, 2),
        "stream_articles_per_second": round(stream, 2),
        "ratio": round(stream / loop, 3),
        "latency_p50_seconds": round(percentile(latencies, 0.5), 3),
        "latency_p99_seconds": round(percentile(latencies, 0.99), 3),
    }
    print(json.dumps(result, indent=2))


def measure_loop(entries: Sequence[Entry], workers: int) -> float:
    """Return the articles per second of a plain loop in each of `workers` processes, without loading the weights."""
    shares = [entries[index::workers] for index in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_open) as pool:
        list(pool.map(_run_loop, [share[:1] for share in shares]))
        started = time.perf_counter()
        done = sum(pool.map(_run_loop, shares))
        return done / (time.perf_counter() - started)


def measure_stream(
    warming: Sequence[Entry], entries: Sequence[Entry], workers: int, rate: float | None
) -> tuple[float, list[float]]:
    """Return the articles per second from the first post to the last routed event, and all latencies in seconds."""
    environ = {**os.environ, name_variable("annotate", "workers"): str(workers)}
    with TemporaryDirectory() as folder, run_stack(environ, Path(folder)) as (stack, _):
        return asyncio.run(_stream(stack.ingest, stack.kafka, warming, entries, rate))


async def _stream(
    ingest: str, kafka: KafkaSettings, warming: Sequence[Entry], entries: Sequence[Entry], rate: float | None
) -> tuple[float, list[float]]:
    results = RunResults()
    async with read_committed(kafka) as consumer:
        consumer.subscribe(pattern=r"^news\.routed\..*")
        await _process(consumer, results, ingest, warming, None)
        before = set(results.latencies)
        started = time.perf_counter()
        await _process(consumer, results, ingest, entries, rate)
        elapsed = time.perf_counter() - started
    measured = [seconds for article_id, seconds in results.latencies.items() if article_id not in before]
    return len(measured) / elapsed, sorted(measured)


async def _process(
    consumer: AIOKafkaConsumer, results: RunResults, ingest: str, entries: Sequence[Entry], rate: float | None
) -> None:
    """Send articles and read until all of them are on routed topics."""
    expected = len(results.routed) + len({json.dumps(entry.fields, sort_keys=True) for entry in entries})
    added = 0

    def is_complete(records: Sequence[ConsumerRecord]) -> bool:
        nonlocal added
        for record in records[added:]:
            results.add(record)
        added = len(records)
        return len(results.routed) >= expected

    sending = asyncio.create_task(send(ingest, entries, rate=rate))
    await read_until(consumer, is_complete, quiet=TIMEOUT)
    await sending


def load_entries(files: Sequence[Path], count: int) -> list[Entry]:
    """Read the first articles of the files that ingest accepts; without files, build as many of our own."""
    if not files:
        return build_entries(range(count), seed=1)
    return list(islice((entry for entry in read_articles(files) if _is_article(entry)), count))


def _is_article(entry: Entry | UnreadableEntry) -> TypeGuard[Entry]:
    """Return whether ingest accepts an entry: neither side has work with the others."""
    try:
        return isinstance(entry, Entry) and validate(RawArticle, entry.fields) is not None
    except PermanentError:
        return False


@cache
def _open() -> LocalEnricher:
    return build_enricher(load_section(AnnotateSettings, "annotate", os.environ).enrichment)


def _run_loop(entries: Sequence[Entry]) -> int:
    enricher = _open()
    for entry in entries:
        enricher.enrich(validate(RawArticle, entry.fields), ARRIVED).to_bytes()
    return len(entries)


if __name__ == "__main__":
    app()
