"""Benchmark of memory: each service at rest and under full load, long enough to show whether its memory grows.

Run: python -m tests.benchmarks.memory

The project's own articles, all different, are posted faster than annotate can process them, so that the queue never
ends. Figures are resident memory in MiB, for each service's own process and for annotate's workers together, sampled
every ten seconds: `rest` when all services are ready, the medians of the second and the last quarter of the time, and
the largest sample. `grown` is the last quarter minus the second. match grows with its index until its window is full
(docs/shards.md), and a cache grows until it reaches its size. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from services.cli.articles.send import send
from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.kafka.tail import read_committed
from services.runtime.service.process_usage import read_resident_bytes
from services.runtime.service.settings import name_variable
from tests.support.builders import build_entries
from tests.support.footprint import list_descendants

EVERY: Final = 10.0
"""Seconds between two samples."""
CORES: Final = os.cpu_count() or 1


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    minutes: Annotated[float, typer.Option(help="Minutes under load.")] = 30,
    workers: Annotated[int, typer.Option(help="Workers of annotate.")] = CORES,
    rate: Annotated[float, typer.Option(help="Articles posted per second.")] = 100,
) -> None:
    """Measure and print."""
    environ = {**os.environ, name_variable("annotate", "workers"): str(workers)}
    with TemporaryDirectory() as folder, run_stack(environ, Path(folder)) as (stack, _):
        print(json.dumps(asyncio.run(measure(stack, minutes, rate)), indent=2))


async def measure(stack: Stack, minutes: float, rate: float) -> dict[str, Any]:
    """Post articles to the stack and sample its memory."""
    rest = read_memory(stack)
    samples: defaultdict[str, list[float]] = defaultdict(list)
    entries = build_entries(range(int(60 * minutes * rate)))
    load = asyncio.create_task(send(stack.ingest, entries, rate=rate))
    routed = asyncio.create_task(count_routed(stack, 60 * minutes))
    deadline = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline:
        await asyncio.sleep(EVERY)
        for name, size in read_memory(stack).items():
            samples[name].append(size)
    load.cancel()
    articles = await routed
    return {
        "minutes": minutes,
        "routed_articles": articles,
        "restarts": sum(service.process.poll() is not None for service in stack.services.values()),
        "mib": {name: describe(rest[name], own) for name, own in samples.items()},
    }


async def count_routed(stack: Stack, seconds: float) -> int:
    """Count the articles that arrive on a routed topic within the given seconds."""
    seen: set[bytes] = set()
    deadline = time.monotonic() + seconds
    async with read_committed(stack.kafka) as consumer:
        consumer.subscribe(pattern=r"^news\.routed\..*")
        while time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                seen.update(record.key for record in records)
    return len(seen)


def read_memory(stack: Stack) -> dict[str, float]:
    """Return the MiB of each service, and of annotate's workers together."""
    sizes = {name: read_resident_bytes(service.process.pid) for name, service in stack.services.items()}
    annotate = stack.services["annotate"].process.pid
    sizes["annotate's workers"] = sum(map(read_resident_bytes, list_descendants(annotate)))
    return {name: size / 2**20 for name, size in sizes.items()}


def describe(rest: float, samples: list[float]) -> dict[str, float]:
    """Build the row of one service."""
    quarter = max(1, len(samples) // 4)
    second, last = statistics.median(samples[quarter : 2 * quarter] or samples), statistics.median(samples[-quarter:])
    figures = {"rest": rest, "second_quarter": second, "last_quarter": last, "grown": last - second}
    return {name: round(value, 1) for name, value in (figures | {"largest": max(samples)}).items()}


if __name__ == "__main__":
    app()
