"""Check that restarts change no verdict: the same articles go through the stream twice, once with restarts.

Run: python -m tests.benchmarks.replay FILE

The claim: annotate and match make the same verdicts from a raw topic, in the same order and byte for byte, however
often both are killed (SIGKILL and SIGTERM in turn, both services at once) and restarted. A verdict depends on the
earlier articles of its shard and on event time, so both runs read the same records: all articles are on one partition
of the raw topic, in the file's order, with the broker's timestamps. With several partitions annotate would interleave
them in a different order in each run, and a different order correctly gives different verdicts.

Kafka, annotate and match are real, except the encoder, which finds no entity: cleaning, language and signature are
real. The second run writes snapshots all the time, so that a restart begins with one. FILE has one article per line, in
the form that ingest accepts or with its text under `text`; the articles pass through ingest's own normalisation.

Three things are compared by article id: the bytes of the verdict log; the bytes of the enriched event without `origin`
(after a kill annotate may repeat records, which changes offsets); the order of the verdicts in each shard. Prints one
JSON object; the exit code is 1 if anything differs, is missing or arrived twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.embedded import EmbeddedKafka
from services.errors import PermanentError
from services.ingest.normalise import Publication, build_publication
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.builders import read_rows
from tests.support.kafka_records import open_admin, open_producer, read_committed_records, read_records
from tests.support.stage_processes import StageProcess, run_stage_process

ANNOTATE = ("tests.support.annotate_stage", "quiet")
MATCH = ("services.processor", "match")
OUTPUTS = (topics.ANNOTATED, topics.VERDICTS, topics.ENRICHED, topics.dead_letter_topic(topics.RAW))
"""Topics that a run writes."""
TIMEOUT = 3_600.0
"""Seconds after which a run has failed."""


@dataclass
class Run:
    """Results of one run."""

    seconds: float = 0.0
    restarts: int = 0
    verdicts: dict[str, bytes] = field(default_factory=dict)
    events: dict[str, bytes] = field(default_factory=dict)
    order: dict[int, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    snapshots: int = 0
    """Number of lanes that were opened from a snapshot."""


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    file: Annotated[Path, typer.Argument(help="Articles, JSON Lines.")],
    articles: Annotated[int, typer.Option(help="Articles to read from the file, at most.")] = 10_000,
    restarts: Annotated[int, typer.Option(help="Restarts in the second run.")] = 5,
    snapshots: Annotated[bool, typer.Option(help="Write snapshots in the second run.")] = True,
) -> None:
    """Run twice, compare and print."""
    publications = list(islice(read_publications(file), articles))
    with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
        servers = broker.bootstrap_servers
        asyncio.run(publish(servers, publications, 0))
        ids = {one.id for one in publications}
        once = asyncio.run(run(servers, Path(folder) / "once", ids, 0, False))
        asyncio.run(erase(servers))
        often = asyncio.run(run(servers, Path(folder) / "often", ids, restarts, snapshots))
    report = compare(publications, ids, once, often)
    print(json.dumps(report, indent=2))
    raise typer.Exit(0 if report["equal"] else 1)


def read_publications(path: Path) -> Iterator[Publication]:
    """Yield the file's articles as ingest would publish them, without those that ingest would reject."""
    for row in read_rows(path):
        try:
            yield build_publication(validate(RawArticle, row))
        except PermanentError:
            continue


async def publish(servers: str, publications: Iterable[Publication], partition: int | None) -> None:
    """Publish articles to the raw topic in order, on the given partition or on the one of their key."""
    await create_topics(KafkaSettings(bootstrap_servers=servers), topics.DECLARED)
    async with open_producer(servers) as producer:
        for one in publications:
            await producer.send(topics.RAW, one.value, key=one.key, headers=[*one.headers], partition=partition)
        await producer.flush()


async def erase(servers: str) -> None:
    """Delete the topics that a run wrote, so that the next run begins with the raw topic alone."""
    async with open_admin(KafkaSettings(bootstrap_servers=servers)) as admin:
        await admin.delete_topics(list(OUTPUTS))
    # A topic cannot be created again while its deletion is in progress.
    await asyncio.sleep(5)


async def run(servers: str, folder: Path, ids: set[str], restarts: int, has_snapshots: bool) -> Run:
    """Process the whole raw topic once, with the run's own groups, and restart the services at even distances."""
    folder.mkdir()
    result, began = Run(), time.monotonic()
    environ = {
        name_variable("annotate", "group"): f"annotate-{folder.name}",
        name_variable("match", "group"): f"match-{folder.name}",
        name_variable("kafka", "instance"): "replay",
        name_variable("telemetry", "log_level"): "info",
    }
    if has_snapshots:
        environ |= {
            name_variable("match", "snapshot", "folder"): str(folder / "snapshots"),
            name_variable("match", "snapshot", "interval"): "1",
            name_variable("match", "snapshot", "records"): "1",
        }
    with (
        run_stage_process(*ANNOTATE, bootstrap_servers=servers, log=folder / "annotate.log", environ=environ) as first,
        run_stage_process(*MATCH, bootstrap_servers=servers, log=folder / "match.log", environ=environ) as second,
    ):
        for number in range(1, restarts + 1):
            await wait_for(servers, len(ids) * number // (restarts + 1))
            result.snapshots += len(second.events("snapshot_read"))
            await asyncio.to_thread(restart, (first, second), signal.SIGKILL if number % 2 else signal.SIGTERM)
            result.restarts += 1
        await wait_for(servers, len(ids))
        result.snapshots += len(second.events("snapshot_read"))
        result.seconds = time.monotonic() - began
    await collect(servers, result)
    return result


def restart(stages: Iterable[StageProcess], number: signal.Signals) -> None:
    """End both services at once and start them again."""
    for stage in stages:
        stage.signal(number)
    for stage in stages:
        stage.wait(60)
    for stage in stages:
        stage.restart()


async def wait_for(servers: str, count: int) -> None:
    """Wait until the given number of verdicts is committed."""
    await read_records(servers, topics.VERDICTS, topics.SHARD_COUNT, has_arrived(count), within=TIMEOUT)


def has_arrived(count: int) -> Callable[[Any], bool]:
    return lambda records: len(records) >= count


async def collect(servers: str, result: Run) -> None:
    """Read what the run wrote."""
    logged = await read_committed_records(servers, topics.VERDICTS, topics.SHARD_COUNT)
    enriched = await read_committed_records(servers, topics.ENRICHED, topics.PARTITIONS)
    result.verdicts = {name(record): record.value for record in logged}
    result.events = {name(record): strip_origin(record.value) for record in enriched}
    for record in logged:
        result.order.setdefault(record.partition, []).append(name(record))
    for records in (logged, enriched):
        result.twice += [one for one, times in Counter(map(name, records)).items() if times > 1]


def name(record: ConsumerRecord) -> str:
    return (record.key or b"").decode()


def strip_origin(value: bytes) -> bytes:
    """Return the event without the position of its source record."""
    event = json.loads(value)
    del event["origin"]
    return json.dumps(event, ensure_ascii=False).encode()


def compare(publications: list[Publication], ids: set[str], once: Run, often: Run) -> dict[str, Any]:
    """Build the report."""
    differing = {
        "verdicts": count_differing(once.verdicts, often.verdicts),
        "events": count_differing(once.events, often.events),
        "order_of_shards": sum(once.order.get(shard) != often.order.get(shard) for shard in range(topics.SHARD_COUNT)),
        "missing": len(ids - once.events.keys()) + len(ids - often.events.keys()),
        "twice": len(once.twice) + len(often.twice),
    }
    kinds = Counter(json.loads(value)["duplicate"]["verdict"] for value in once.verdicts.values())
    return {
        "articles": len(publications),
        "ids": len(ids),
        "shards": {shard: len(order) for shard, order in sorted(once.order.items())},
        "verdicts": dict(kinds.most_common()),
        "restarts": often.restarts,
        "lanes_opened_from_a_snapshot": often.snapshots,
        "seconds": [round(once.seconds, 1), round(often.seconds, 1)],
        "sha256": [digest(once), digest(often)],
        "differing": differing,
        "equal": not any(differing.values()) and digest(once) == digest(often),
    }


def count_differing(first: dict[str, bytes], second: dict[str, bytes]) -> int:
    return sum(first.get(one) != second.get(one) for one in first.keys() | second.keys())


def digest(result: Run) -> str:
    """Return the SHA-256 of all verdicts, in the order of their ids."""
    whole = hashlib.sha256()
    for one in sorted(result.verdicts):
        whole.update(result.verdicts[one])
    return whole.hexdigest()


if __name__ == "__main__":
    app()
