"""Speed of the archive and of the replay's copies: articles a second of processor time, on a real Kafka.

Run: python -m tests.benchmarks.bench_archive [FILE] [--articles N]

FILE has one article a line, in the form that ingest accepts; without it, articles of 200 made-up words are used. They
are repeated until there are N. The archive service runs as a process, and the copies are those of `copydesk replay
--publish`, without annotate's limit. Processor time is that of the process alone, so that other work on the machine
matters little. Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psutil
import typer

from services.archive.reading import ArchiveReader, ArchiveSelection
from services.cli.replay.copying import BATCH_RECORDS, Copier
from services.cli.replay.pacing import Pace
from services.cli.replay.request import ReplayRequest
from services.cli.replay.sources import ArchiveSource, KafkaSource, RawSource
from services.cli.replay.writer import open_writer
from services.contracts import topics
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.contracts.state.replay_state import ReplayState
from services.embedded import EmbeddedKafka
from services.ingest.normalise import Publication, build_publication
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.builders import read_rows
from tests.support.kafka_records import open_producer
from tests.support.stage_processes import run_stage_process

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    file: Annotated[Path | None, typer.Argument(help="Articles, JSON Lines.")] = None,
    articles: Annotated[int, typer.Option(help="Number of articles.")] = 30_000,
) -> None:
    """Run both measurements."""
    given = (
        read_rows(file) if file is not None else ({"content": f"article {number} " * 100} for number in range(1_000))
    )
    rows = [build_publication(validate(RawArticle, row)) for row in given]
    with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
        results = asyncio.run(measure(broker.bootstrap_servers, islice(cycle(rows), articles), articles, Path(folder)))
    sys.stdout.write(json.dumps(results, indent=2) + "\n")


async def measure(servers: str, records: Iterator[Publication], count: int, folder: Path) -> dict[str, object]:
    """Fill the raw topic, archive it, and copy it from the topic and from the archive."""
    kafka = KafkaSettings(bootstrap_servers=servers)
    await create_topics(kafka, topics.DECLARED)
    size = await _fill(servers, records)
    archive = folder / "archive"
    archived = await asyncio.to_thread(_measure_archive, servers, archive, count, folder)
    return {
        "articles": count,
        "mean_bytes": round(size / count),
        "archive": archived,
        "copies_of_topic": await _measure_copies(kafka, KafkaSource(kafka, topics.RAW), "topic"),
        "copies_of_archive": await _measure_copies(kafka, ArchiveSource(archive, frozenset(), print), "archive"),
    }


async def _fill(servers: str, records: Iterator[Publication]) -> int:
    size = 0
    async with open_producer(servers) as producer:
        deliveries = []
        for number, record in enumerate(records):
            size += len(record.value)
            partition = number % topics.PARTITIONS
            deliveries.append(
                await producer.send(
                    topics.RAW, record.value, key=record.key, headers=[*record.headers], partition=partition
                )
            )
        await asyncio.gather(*deliveries)
    return size


def _measure_archive(servers: str, archive: Path, count: int, folder: Path) -> dict[str, float]:
    environ = {name_variable("archive", "folder"): str(archive), name_variable("archive", "interval"): "2"}
    with run_stage_process(
        "services.archive", bootstrap_servers=servers, log=folder / "log", environ=environ
    ) as process:
        process.wait_for("partitions_assigned")
        usage = psutil.Process(process.process.pid)
        before, began = sum(usage.cpu_times()[:2]), time.monotonic()
        while sum(event["records"] for event in process.events("part_archived")) < count:
            time.sleep(0.1)
        seconds, elapsed = sum(usage.cpu_times()[:2]) - before, time.monotonic() - began
    reader = ArchiveReader(archive, print)
    found = sum(1 for number in reader.list_partitions() for _ in reader.read(number, ArchiveSelection(since_ms=0)))
    assert found == count, f"{found} of {count}"
    packed = sum(path.stat().st_size for path in archive.rglob("*.jsonl.gz"))
    return {
        "articles_per_cpu_second": round(count / seconds),
        "articles_per_second": round(count / elapsed),
        "bytes_per_article": round(packed / count),
    }


async def _measure_copies(kafka: KafkaSettings, source: RawSource, name: str) -> dict[str, float]:
    async def admit(_: object) -> None:
        return None

    request = ReplayRequest(name, since_ms=0, in_place=True)
    spans = await source.find_spans(0)
    before, began = time.process_time(), time.monotonic()
    async with open_writer(kafka, topics.DEFAULT_LAYOUT, name) as writer:
        copier = Copier(
            request.has,
            writer,
            topics.DEFAULT_LAYOUT,
            pace=Pace(None),
            choose_batch=lambda: BATCH_RECORDS,
            admit=admit,
            report=lambda _: None,
        )
        state = ReplayState(name=name, request="", started_at=datetime.now(UTC), ends={})
        state = await copier.copy(source.read(spans, 0, None), state)
    seconds, elapsed = time.process_time() - before, time.monotonic() - began
    return {
        "articles": state.written,
        "articles_per_cpu_second": round(state.written / seconds),
        "articles_per_second": round(state.written / elapsed),
    }


if __name__ == "__main__":
    app()
