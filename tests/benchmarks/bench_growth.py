"""Benchmark of long queues: does the rate of annotate, and of match with sink, stay the same?

Run: python -m tests.benchmarks.bench_growth

For each length N, N articles wait on the topic before the service starts. Each length has its own broker, which has
handled other articles before. `streaming_alone` is annotate with a constant result in place of the enrichment.
`annotated_to_routed` is match and sink, as in a replay of annotated articles: cleaning, language and signatures are
real, but the encoder found no entity. Rates are articles per second between the first and the last article on the
output topic; `ratio` compares with the shortest queue. `cpu` is the CPU time of a service's own process for one
article, in milliseconds since its start, without annotate's worker. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.raw import RawArticle
from services.embedded import EmbeddedKafka
from services.ingest.normalise import Publication, build_publication
from services.runtime.kafka.clients import build_reader
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, TelemetrySettings, name_variable
from tests.benchmarks.bench_annotate import FAKE
from tests.benchmarks.replay import ANNOTATE, MATCH, publish
from tests.support.builders import build_article
from tests.support.footprint import read_cpu
from tests.support.stage_processes import StageProcess, run_stage_process

SINK: Final = ("services.sink",)

ROUTE: Final = "all"
RULES: Final = f"version: 1\nroutes:\n  - {{name: none, when: {{language: eo}}}}\ndefault: {ROUTE}\n"

WARM: Final = 2_000
"""Articles that are processed first, so that the broker's code is compiled before the measurement."""

POLL: Final = 0.02
TIMEOUT: Final = 120.0
"""Seconds without any further article after which a measurement has failed."""

QUEUED = [1_000, 10_000, 100_000]
"""Default lengths of the queues of raw articles."""
ANNOTATED = [1_000, 10_000]
"""Default lengths of the queues of annotated articles."""

Count = Callable[[], Awaitable[int]]


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    queued: Annotated[list[int], typer.Option(help="Raw articles that wait; may be repeated, 0 for none.")] = QUEUED,
    annotated: Annotated[
        list[int], typer.Option(help="Annotated articles that wait; may be repeated, 0 for none.")
    ] = ANNOTATED,
) -> None:
    """Measure and print."""
    report = {
        "streaming_alone": compare([length for length in queued if length], measure_annotate),
        "annotated_to_routed": compare([length for length in annotated if length], measure_routed),
    }
    print(json.dumps(report, indent=2))


def compare(
    queues: Sequence[int], measure: Callable[[str, Path, int], Coroutine[Any, Any, dict[str, Any]]]
) -> dict[str, Any]:
    """Return one row for each queue, each measured on its own broker."""
    rows: dict[str, Any] = {}
    for queued in queues:
        with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
            rows[str(queued)] = asyncio.run(measure(broker.bootstrap_servers, Path(folder), queued))
        first = next(iter(rows.values()))["articles_per_second"]
        rows[str(queued)]["ratio"] = round(rows[str(queued)]["articles_per_second"] / first, 3)
    return rows


async def measure_annotate(servers: str, folder: Path, queued: int) -> dict[str, Any]:
    """Measure annotate over a queue of raw articles."""
    async with open_reader(servers) as reader:
        count = count_appended(reader, topics.ANNOTATED, topics.SHARD_COUNT)
        await publish(servers, build_publications(range(WARM)), None)
        with run(FAKE, servers, folder):
            await time_queue(0, WARM, count)
        await publish(servers, build_publications(range(WARM, WARM + queued)), None)
        with run(FAKE, servers, folder) as annotate:
            rate = await time_queue(WARM, queued, count)
            return describe(rate, queued, {"annotate": annotate})


async def measure_routed(servers: str, folder: Path, queued: int) -> dict[str, Any]:
    """Measure match and sink over a queue of annotated articles."""
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    routed = topics.route_topic(ROUTE)
    # Without this, aiokafka warns a thousand times about a topic that is read before sink has created it.
    await create_topics(KafkaSettings(bootstrap_servers=servers), [routed])
    async with open_reader(servers) as reader:
        await queue_annotated(servers, folder, reader, 0, WARM)
        with run_rest(servers, folder):
            count = await count_committed(reader, routed.name)
            await time_queue(0, WARM, count)
        await queue_annotated(servers, folder, reader, WARM, queued)
        with run_rest(servers, folder) as stages:
            rate = await time_queue(WARM, queued, count)
            return describe(rate, queued, stages)


async def queue_annotated(servers: str, folder: Path, reader: AIOKafkaConsumer, before: int, queued: int) -> None:
    """Put the given number of further articles on the annotated topic."""
    await publish(servers, build_publications(range(before, before + queued)), None)
    with run(ANNOTATE, servers, folder, {name_variable("annotate", "workers"): "2"}):
        await time_queue(before, queued, count_appended(reader, topics.ANNOTATED, topics.SHARD_COUNT))


@contextmanager
def run_rest(servers: str, folder: Path) -> Iterator[dict[str, StageProcess]]:
    """Run match and sink until the end of the block."""
    rules = {name_variable("sink", "rules"): str(folder / "rules.yaml")}
    with run(MATCH, servers, folder) as match, run(SINK, servers, folder, rules) as sink:
        yield {"match": match, "sink": sink}


@contextmanager
def run(
    module: tuple[str, ...], servers: str, folder: Path, environ: dict[str, str] | None = None
) -> Iterator[StageProcess]:
    """Run one service, as a static member of its group, until the end of the block."""
    interval = TelemetrySettings.model_fields["lag_interval"].default
    instance = {
        name_variable("kafka", "instance"): "growth-0",
        # The tests' services measure their lag ten times as often as the default.
        name_variable("telemetry", "lag_interval"): str(interval),
    }
    log = folder / f"{module[0]}-{module[-1]}.log"
    with run_stage_process(*module, bootstrap_servers=servers, log=log, environ=instance | (environ or {})) as stage:
        yield stage


def build_publications(numbers: range) -> Iterator[Publication]:
    """Build articles as ingest publishes them."""
    return (build_publication(RawArticle.model_validate(build_article(number))) for number in numbers)


async def time_queue(before: int, queued: int, count: Count) -> float:
    """Return the articles per second, from the first one after the `before` earlier ones to the last one."""
    began = moved = time.perf_counter()
    first, done = 0, before
    while done < before + queued:
        last, done = done, await count()
        now = time.perf_counter()
        if done > last:
            moved = now
        if done > before and not first:
            began, first = now, done
        if now - moved > TIMEOUT:
            raise TimeoutError(f"{done - before} of {queued} articles, then no further one for {TIMEOUT:g} s")
        await asyncio.sleep(POLL)
    return (before + queued - first) / (time.perf_counter() - began)


def count_appended(reader: AIOKafkaConsumer, topic: str, partitions: int) -> Count:
    """Return a function that counts the records of a topic that is written without transactions."""
    held = [TopicPartition(topic, number) for number in range(partitions)]

    async def count() -> int:
        return sum((await reader.end_offsets(held)).values())

    return count


async def count_committed(reader: AIOKafkaConsumer, topic: str) -> Count:
    """Return a function that counts the committed articles of a topic by reading them."""
    reader.assign([TopicPartition(topic, number) for number in range(topics.PARTITIONS)])
    seen: set[bytes] = set()

    async def count() -> int:
        for records in (await reader.getmany(timeout_ms=200)).values():
            seen.update(record.key for record in records)
        return len(seen)

    return count


@asynccontextmanager
async def open_reader(servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer of committed records that begins at the start of a topic."""
    reader = build_reader(KafkaSettings(bootstrap_servers=servers), client_id="growth")
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


def describe(rate: float, queued: int, stages: dict[str, StageProcess]) -> dict[str, Any]:
    """Build one row of the report."""
    cpu = {name: round(1_000 * read_cpu(stage.process.pid) / queued, 3) for name, stage in stages.items()}
    return {"articles_per_second": round(rate, 1), "cpu": cpu}


if __name__ == "__main__":
    app()
