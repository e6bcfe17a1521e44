"""Comparison of streams: the same articles through a plain loop, Copydesk and other frameworks, one after another.

Run: make bench-peers, or python -m tests.benchmarks.peers

Each system first processes a few articles, so that no figure includes its start or the joining of its group. Then the
other articles are appended to the raw topic at once, and the clock runs until the last of their events is read. One
process enriches. Copydesk does more in that time (three stages, transactions, a routed topic), and its figure is
measured on the routed topic. FastStream and Quix Streams are skipped if they are not installed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.cli.desk.processes.stack import run_stack
from services.cli.kafka.connection import BOOTSTRAP
from services.contracts import topics
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.embedded import EmbeddedKafka, load_embedded_settings
from services.runtime.kafka.clients import build_reader
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from services.runtime.service.spawn import spawn, terminate
from tests.benchmarks.bench_stream import WARMING, load_entries, measure_loop
from tests.support.kafka_records import open_producer, read_until

PEERS = {"bare aiokafka": "bare", "FastStream": "faststream_app", "Quix Streams": "quix_app"}
NEEDS = {"FastStream": "faststream", "Quix Streams": "quixstreams"}
QUIET = 120.0
"""Seconds without a further event after which a run has failed."""
STOP_WITHIN = 10.0
"""Seconds until a peer that was asked to stop is killed."""
CATCH_ALL = "version: 1\nroutes: [{name: all, when: always}]\n"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    files: Annotated[list[Path] | None, typer.Argument(help="Articles, as `copydesk send` reads them.")] = None,
    articles: Annotated[int, typer.Option(help="Articles to measure.")] = 400,
    rounds: Annotated[int, typer.Option(help="Rounds, in which the systems take turns; the median counts.")] = 3,
) -> None:
    """Measure and print."""
    loaded = load_entries(files or [], articles + WARMING)
    entries = loaded[WARMING:]
    values = [validate(RawArticle, entry.fields).to_bytes() for entry in loaded]
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        rates.setdefault("plain loop", []).append(measure_loop(entries, 1))
        rates.setdefault("Copydesk", []).append(measure_copydesk(values))
        for name, module in PEERS.items():
            if name not in NEEDS or find_spec(NEEDS[name]):
                rates.setdefault(name, []).append(measure_peer(module, values))
    loop = median(rates["plain loop"])
    rows = {
        name: {"articles_per_second": round(median(found), 2), "ratio": round(median(found) / loop, 3)}
        for name, found in rates.items()
    }
    print(json.dumps({"articles": len(entries), "rounds": rounds, "rates": rows}, indent=2))


def measure_peer(module: str, values: Sequence[bytes]) -> float:
    """Return the articles per second of one peer."""
    with EmbeddedKafka.start(load_embedded_settings(os.environ)) as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        target = topics.Topic("peer.events", partitions=topics.PARTITIONS)
        asyncio.run(create_topics(kafka, (*topics.DECLARED, target)))
        command = [sys.executable, "-m", f"tests.benchmarks.peers.{module}", kafka.bootstrap_servers, topics.RAW]
        process = spawn([*command, target.name], environ=os.environ, output=sys.stderr.fileno())
        try:
            return asyncio.run(_time(kafka, target.name, values))
        finally:
            terminate(process, deadline=STOP_WITHIN)


def measure_copydesk(values: Sequence[bytes]) -> float:
    """Return the articles per second from the raw to the routed topic, with one annotate worker."""
    with ExitStack() as parts:
        broker = parts.enter_context(EmbeddedKafka.start(load_embedded_settings(os.environ)))
        folder = Path(parts.enter_context(TemporaryDirectory()))
        (folder / "rules.yaml").write_text(CATCH_ALL)
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        routed = topics.route_topic("all")
        asyncio.run(create_topics(kafka, (*topics.DECLARED, routed)))
        environ = {
            **os.environ,
            BOOTSTRAP: broker.bootstrap_servers,
            name_variable("annotate", "workers"): "1",
            name_variable("sink", "rules"): str(folder / "rules.yaml"),
        }
        parts.enter_context(run_stack(environ, folder))
        return asyncio.run(_time(kafka, routed.name, values))


async def _time(kafka: KafkaSettings, target: str, values: Sequence[bytes]) -> float:
    """Return the articles per second from the append, after the warming articles, to the last event."""
    reader = build_reader(kafka, client_id="bench")
    await reader.start()
    try:
        reader.assign([TopicPartition(target, number) for number in range(topics.PARTITIONS)])
        await reader.seek_to_beginning()
        await _append(kafka, values[:WARMING])
        await _await_events(reader, WARMING)
        started = time.perf_counter()
        await _append(kafka, values[WARMING:])
        await _await_events(reader, len(values) - WARMING)
        return (len(values) - WARMING) / (time.perf_counter() - started)
    finally:
        await reader.stop()


async def _append(kafka: KafkaSettings, values: Sequence[bytes]) -> None:
    async with open_producer(kafka.bootstrap_servers) as producer:
        sent = [
            await producer.send(topics.RAW, value=value, key=hashlib.sha256(value).hexdigest().encode())
            for value in values
        ]
        await asyncio.gather(*sent)


async def _await_events(reader: AIOKafkaConsumer, count: int) -> None:
    """Read the given number of further events, as a read_committed consumer receives them."""
    seen = len(await read_until(reader, lambda records: len(records) >= count, quiet=QUIET))
    if seen < count:
        raise TimeoutError(f"{seen} of {count} events, then none for {QUIET:g} s")


if __name__ == "__main__":
    app()
