"""Benchmark of a restart of match: its state is restored from the verdict log, and from a snapshot, on a real Kafka.

Run: python -m tests.benchmarks.bench_restore

The log has generated originals in one shard, written as match writes them. Times are seconds of wall clock and of this
process's CPU; Kafka runs on the same machine. Writing a million articles (--articles 1000000) needs about 2 GB of disk
and several minutes. Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.event import Duplicate
from services.contracts.headers import VERDICT_TYPE, build_headers
from services.contracts.state.verdict_log import VerdictRecord
from services.embedded import EmbeddedKafka
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.outcomes import Stage
from services.processor.match.decoding import decode_verdict
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.topics import create_topics
from services.runtime.lanes.restore import RestoreProgress, Restorer
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotSource
from services.runtime.service.health import Health
from services.runtime.service.settings import KafkaSettings
from tests.benchmarks.bench_matching import make_articles
from tests.support.kafka_records import open_producer

SHARD = TopicPartition(topics.VERDICTS, 0)
TRANSACTION = 500
"""Records of a transaction: match's default."""
SAMPLED = 5_000
"""Records over which the single steps are measured."""
EVENT_MS = 1_800_000_000_000


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(articles: Annotated[int, typer.Option(help="Articles in the verdict log.")] = 20_000) -> None:
    """Measure and print."""
    with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
        settings = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        asyncio.run(write_log(settings, articles))
        report = asyncio.run(measure(settings, Path(folder)))
    print(json.dumps({"articles": articles, **report, "steps": measure_steps()}, indent=2))


def make_records(count: int) -> Iterator[VerdictRecord]:
    """Generate originals that share nothing, all at one event time."""
    rng = np.random.default_rng(1)
    while count > 0:
        for article_id, signature in zip(*make_articles(rng, min(count, SAMPLED)), strict=True):
            yield VerdictRecord(
                id=article_id, event_time_ms=EVENT_MS, signature=signature, duplicate=Duplicate(verdict="original")
            )
        count -= SAMPLED


async def write_log(settings: KafkaSettings, count: int) -> None:
    """Write the verdict log like match: in transactions, with all headers."""
    await create_topics(settings, topics.DECLARED)
    now = datetime.now(UTC)
    async with open_producer(settings.bootstrap_servers, "bench") as producer:
        batch: list[Awaitable[object]] = []
        for number, record in enumerate(make_records(count), start=1):
            if not batch:
                await producer.begin_transaction()
            headers = build_headers(event_type=VERDICT_TYPE, article_id=record.id, stage=Stage.MATCH, time=now)
            key, value = record.id.encode(), record.to_bytes()
            batch.append(await producer.send(SHARD.topic, value, key=key, headers=[*headers], partition=0))
            if len(batch) == TRANSACTION or number == count:
                await asyncio.gather(*batch)
                await producer.commit_transaction()
                batch.clear()


async def measure(settings: KafkaSettings, folder: Path) -> dict[str, Any]:
    """Measure a restore from the log, a snapshot of the restored state, and a restore from the snapshot."""
    metrics = MatchMetrics()
    progress = RestoreProgress(Stage.MATCH, metrics, Health(Stage.MATCH, metrics, stall_after=60))
    snapshots = SnapshotFolder(folder, SnapshotSource("bench", SHARD.topic, 0, "bench", {}))

    def open_restorer() -> Restorer:
        def build_processor() -> MatchProcessor:
            return MatchProcessor(0, MatchIndex(), metrics, stories=StoryIndex())

        return Restorer(
            settings,
            Stage.MATCH,
            SHARD,
            build_processor=build_processor,
            metrics=metrics,
            progress=progress,
            snapshots=snapshots,
            state=None,
        )

    restorer = open_restorer()
    alone, state = await measure_call(restorer.restore)
    began = time.perf_counter()
    write_state = state.processor.snapshot()
    paused = time.perf_counter() - began
    assert state.last_record is not None
    began = time.perf_counter()
    manifest = await asyncio.to_thread(snapshots.write, write_state, state.last_record)
    written = time.perf_counter() - began
    again = open_restorer()
    quick, _ = await measure_call(again.restore)
    assert again.restored == 0
    return {
        "from_the_log": {**alone, "records_per_second": round(restorer.restored / alone["seconds"])},
        "snapshot": {
            "paused_milliseconds": round(1_000 * paused, 1),
            "seconds": round(written, 2),
            "bytes_per_article": round(manifest.size / restorer.restored),
        },
        "from_the_snapshot": quick,
    }


async def measure_call(work: Callable[[], Awaitable[Any]]) -> tuple[dict[str, float], Any]:
    """Return the seconds of wall clock and CPU of a call, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = await work()
    return {
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }, result


def measure_steps() -> dict[str, float]:
    """Return the CPU microseconds per record to decode it, to decode it with pydantic, and to remember it."""
    values = [record.to_bytes() for record in make_records(SAMPLED)]
    decoded = [decode_verdict(value) for value in values]
    index = MatchIndex()
    steps: dict[str, Callable[[], object]] = {
        "decode": lambda: [decode_verdict(value) for value in values],
        "decode_with_pydantic": lambda: [VerdictRecord.model_validate_json(value) for value in values],
        "remember": lambda: deque(map(index.remember, decoded), maxlen=0),
    }
    costs = {}
    for name, step in steps.items():
        began = time.process_time()
        step()
        costs[name] = round((time.process_time() - began) / SAMPLED * 1e6, 2)
    return costs


if __name__ == "__main__":
    app()
