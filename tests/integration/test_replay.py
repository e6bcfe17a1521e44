"""`copydesk replay` on a real Kafka: each chosen record is written once, whatever is killed, and verdicts are kept."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services.archive.manifest import ArchiveFolder, ArchiveIdentity
from services.archive.parts import PartitionBuffer, write_files
from services.cli.replay.priming import Primer
from services.cli.replay.writer import open_writer
from services.contracts import topics
from services.contracts.state.replay_state import ReplayState
from services.contracts.state.shard_map import DECLARED_SHARDS
from services.contracts.state.verdict_log import VerdictRecord
from services.contracts.topics import TopicLayout
from services.enrichment.matching import MatchParameters
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.topics import create_topics
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.commands import run_copydesk
from tests.support.kafka_records import open_producer, read_committed_records, read_records
from tests.support.kills import EXTRA_SECONDS, KILLS
from tests.support.raw_topic import find_id
from tests.support.source_records import Record
from tests.support.stage_processes import run_stage_process
from tests.support.whole_path.launch import write_order

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400 + 8 * EXTRA_SECONDS)]
ANNOTATE = ("tests.support.annotate_stage", "quiet")
SECONDS = 180
WORDS = "harbour council bridge ferry winter budget school museum engine orchard railway library market river".split()


def build_text(number: int) -> str:
    """Build the text of an article that resembles no other one."""
    rng = random.Random(number)
    return " ".join(f"{rng.choice(WORDS)} {rng.randrange(10**6)}" for _ in range(60)) + "."


def encode(number: int, source: str = "a.example") -> bytes:
    """Encode a raw article."""
    return json.dumps({"content": build_text(number), "source": source, "language": "en"}).encode()


async def send(servers: str, values: list[bytes | None], *, partition: int | None = None) -> None:
    """Append records to one partition, or to all partitions in turn."""
    async with open_producer(servers) as producer:
        deliveries = [
            await producer.send(
                topics.RAW,
                value,
                key=b"%d" % number,
                partition=number % topics.PARTITIONS if partition is None else partition,
            )
            for number, value in enumerate(values)
        ]
        await asyncio.gather(*deliveries)


def run(
    *arguments: str, servers: str, orders: Path | None = None, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `copydesk replay`, with crash points if there is a file of orders."""
    timeout = SECONDS + EXTRA_SECONDS
    return run_copydesk("replay", *arguments, servers=servers, timeout=timeout, orders=orders, environ=environ)


async def read_raw(servers: str) -> tuple[list[ConsumerRecord], list[ConsumerRecord]]:
    """Read the raw topic: the original records, and the copies that replays wrote."""
    records = await read_committed_records(servers, topics.RAW, topics.PARTITIONS)
    copies = [record for record in records if "x-copydesk-log-time" in dict(record.headers)]
    return [record for record in records if record not in copies], copies


async def test_kills_neither_lose_nor_double(broker: str, tmp_path: Path) -> None:
    """After kills at every step of a replay in place, each record is on the raw topic once more, with its time.

    The deployment knows all of these articles, so that it publishes none of them again.
    """
    # A transaction has at most 32 records, and the kills at one step let four of them through.
    values: list[bytes | None] = [encode(number) for number in range(60 + 130 * KILLS)]
    values += [b"no article", None, b"\xff"]
    orders, rng = tmp_path / "orders", random.Random(11)
    with (
        run_stage_process(*ANNOTATE, log=tmp_path / "annotate", bootstrap_servers=broker) as annotate,
        run_stage_process("services.processor", "match", log=tmp_path / "match", bootstrap_servers=broker) as match,
    ):
        await send(broker, values)
        patience = 90 + EXTRA_SECONDS
        await asyncio.to_thread(match.wait_for, "article_enriched", count=len(values) - 3, within=patience)
        chosen = list_recent("--publish", "--rate", "100000", "--name", "kills")
        points = {
            CrashPoint.FENCED: 1,
            CrashPoint.BETWEEN_OUTPUTS: rng.randint(1, 60),
            CrashPoint.INSIDE_TRANSACTION: rng.randint(1, 2),
            CrashPoint.COMMITTED: rng.randint(1, 2),
        }
        for point, arrival in points.items():
            for _ in range(KILLS):
                write_order(orders, point, signal.SIGKILL, arrival)
                done = await asyncio.to_thread(lambda: run(*chosen, servers=broker, orders=orders))
                assert done.returncode == -signal.SIGKILL, done.stderr
                assert annotate.process.poll() is None, annotate.tail()
        done = await asyncio.to_thread(lambda: run(*chosen, servers=broker))
        assert done.returncode == 0, done.stderr
        originals, copies = await read_raw(broker)
        assert Counter(map(identify, originals)) == Counter(map(identify, copies))
        assert json.loads(done.stdout)["written"] == len(values)
        await asyncio.to_thread(match.wait_for, "article_repeated", count=len(values) - 3, within=patience)
        assert match.events("article_revised") == []
        assert len(match.events("article_enriched")) == len(values) - 3


def list_recent(*others: str) -> tuple[str, ...]:
    """Return the options of a replay of everything that these tests have sent."""
    return ("--since", (datetime.now(UTC) - timedelta(days=1)).isoformat(), *others)


def identify(record: ConsumerRecord) -> tuple[object, ...]:
    """Return what a copy has in common with its original: partition, key, value, and the time of the first arrival."""
    headers = dict(record.headers)
    log_time = int(headers.get("x-copydesk-log-time", record.timestamp))
    return record.partition, record.key, record.value, log_time


async def test_other_options_do_not_continue_a_replay(broker: str) -> None:
    """A call with the name of another replay is refused, and says what the other one was asked to do."""
    await send(broker, [encode(1)])
    first = list_recent("--publish", "--name", "one", "--source", "none.example")
    assert (await asyncio.to_thread(lambda: run(*first, servers=broker))).returncode == 0
    second = await asyncio.to_thread(lambda: run(*list_recent("--publish", "--name", "one"), servers=broker))
    assert second.returncode != 0 and b"another --name" in second.stderr.replace(b"\n", b" ")


async def test_an_archive_with_a_hole_is_replayed_but_for_the_hole(broker: str, tmp_path: Path) -> None:
    """Records come from the archive with their times; missing offsets are named, and the exit code is 1."""
    folder = ArchiveFolder(tmp_path / "archive")
    folder.claim(ArchiveIdentity(cluster="c", topic=topics.RAW))
    now_ms = int(datetime.now(UTC).timestamp() * 1_000)
    for first in (0, 2, 6):
        records = [
            Record(encode(5_000 + offset), b"%d" % offset, (), topics.RAW, 1, offset, now_ms - 1_000 + offset)
            for offset in (first, first + 1)
        ]
        buffer = PartitionBuffer(1, first)
        buffer.add(records)
        folder.add(write_files(folder, buffer))
    chosen = list_recent("--publish", "--archive", str(folder.root), "--name", "archive")
    done = await asyncio.to_thread(lambda: run(*chosen, servers=broker))
    assert done.returncode == 1 and b"the offsets 4 to 5 of partition 1 are missing" in done.stderr.replace(b"\n", b" ")
    assert done.stdout, done.stderr
    assert json.loads(done.stdout)["written"] == 6
    values = {encode(5_000 + offset): now_ms - 1_000 + offset for offset in (0, 1, 2, 3, 6, 7)}
    _, copies = await read_raw(broker)
    found = {one.value: int(dict(one.headers)["x-copydesk-log-time"]) for one in copies if one.value in values}
    assert found == values
    again = await asyncio.to_thread(lambda: run(*chosen, servers=broker))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["written"] == 6 and len((await read_raw(broker))[1]) == len(copies)


async def test_old_articles_are_judged_again(broker: str) -> None:
    """Without their verdicts, earlier articles get the verdicts that match would give, and each is written once."""
    kafka, layout = KafkaSettings(bootstrap_servers=broker), TopicLayout(prefix="judged.", partitions=1)
    await create_topics(kafka, topics.declare_topics(layout))
    copy = json.dumps({**json.loads(encode(7_000)), "url": "http://b.example/copy"}).encode()
    records = [
        Record(value, b"k", (), topics.RAW, 0, offset, 1_000 + offset)
        for offset, value in enumerate([encode(7_000), copy, b"no article", encode(7_000), encode(7_001)])
    ]

    async def read() -> AsyncIterator[ConsumedRecord]:
        for record in records:
            yield record

    state = ReplayState(name="judged", request="", started_at=datetime.now(UTC), ends={})
    for _ in range(2):
        async with open_writer(kafka, topics.DEFAULT_LAYOUT, "judged") as writer:
            primer = Primer(writer, layout, DECLARED_SHARDS, MatchParameters())
            after = await primer.judge(
                kafka, read(), state, since_ms=1_000, until_ms=1_004, has=lambda _: True, report=lambda _: None
            )
        assert after.primed == 2
    written = await read_committed_records(broker, layout.name(topics.VERDICTS), topics.SHARD_COUNT)
    verdicts = [VerdictRecord.model_validate_json(record.value).duplicate for record in written]
    assert [verdict.verdict for verdict in verdicts] == ["original", "exact"]
    assert verdicts[1].duplicate_of == written[0].key.decode()


@pytest.mark.weights
async def test_own_topics_have_the_same_bytes(broker: str, tmp_path: Path) -> None:
    """A replay with the same code, models and options gives the same events but for their place, copies included.

    The original of one article arrived before the start of the replay, and match knows it all the same.
    """
    fast = {name_variable("annotate", "enrichment"): '{"profile": "fast"}'}
    early = json.loads(encode(9_000))
    with (
        run_stage_process(
            "services.processor", "annotate", log=tmp_path / "annotate", bootstrap_servers=broker, environ=fast
        ),
        run_stage_process("services.processor", "match", log=tmp_path / "match", bootstrap_servers=broker),
    ):
        # One partition, because annotate takes the records of several in an order that differs from run to run.
        first = json.dumps(early).encode()
        await send(broker, [first], partition=1)
        await wait_until_enriched(broker, [first])
        await asyncio.sleep(0.01)
        since = await find_end(broker)
        copy = json.dumps({**early, "url": "http://b.example/copy"}).encode()
        later = [copy, *(encode(number) for number in range(9_001, 9_004))]
        await send(broker, [*later], partition=1)
        await wait_until_enriched(broker, later)
    chosen = ("--since", since, "--name", "own", "--nice", "0")
    # The first transaction is that of the state, the second one has the verdicts of earlier articles.
    for point in (CrashPoint.INSIDE_TRANSACTION, CrashPoint.COMMITTED):
        for _ in range(KILLS):
            write_order(tmp_path / "orders", point, signal.SIGKILL, 2)
            done = await asyncio.to_thread(
                lambda: run(*chosen, servers=broker, orders=tmp_path / "orders", environ=fast)
            )
            assert done.returncode in (-signal.SIGKILL, 0), done.stderr
            (tmp_path / "orders").unlink(missing_ok=True)
    done = await asyncio.to_thread(lambda: run(*chosen, servers=broker, environ=fast))
    assert done.returncode == 0, done.stderr
    live = {one.key: one.value for one in await read_committed_records(broker, topics.ENRICHED, topics.PARTITIONS)}
    again = {one.key: one.value for one in await read_committed_records(broker, f"own.{topics.ENRICHED}", 1)}
    assert len(again) == 4
    for key, value in again.items():
        events = json.loads(live[key]), json.loads(value)
        differing = {
            name: (value, events[1].get(name)) for name, value in events[0].items() if value != events[1].get(name)
        }
        assert list(differing) == ["origin"], differing
    assert {key: drop_place(value) for key, value in again.items()} == {key: drop_place(live[key]) for key in again}
    verdicts = Counter(json.loads(value)["duplicate"]["verdict"] for value in again.values())
    assert verdicts["original"] == 3 and len(verdicts) == 2
    primed = await read_committed_records(broker, f"own.{topics.VERDICTS}", topics.SHARD_COUNT)
    assert set(Counter(record.key for record in primed).values()) == {1}
    assert VerdictRecord.model_validate_json(primed[0].value).id in {key.decode() for key in live}


async def wait_until_enriched(servers: str, values: Sequence[bytes]) -> None:
    """Wait until each of these raw articles has its event; the topic may have other articles before them."""
    ids = {find_id(value).encode() for value in values}
    await read_records(
        servers, topics.ENRICHED, topics.PARTITIONS, lambda found: ids <= {record.key for record in found}, within=120
    )


async def find_end(servers: str) -> str:
    """Return a time after all records of the raw topic."""
    records = await read_committed_records(servers, topics.RAW, topics.PARTITIONS)
    return datetime.fromtimestamp((max(record.timestamp for record in records) + 1) / 1_000, UTC).isoformat()


def drop_place(value: bytes) -> str:
    """Return an event without its place in Kafka, with all its other bytes."""
    event = json.loads(value)
    place = json.dumps(event["origin"], separators=(",", ":"))
    assert place in value.decode()
    return value.decode().replace(place, "")
