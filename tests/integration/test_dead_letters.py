"""The commands `copydesk dlq` on a real Kafka: what they show, and that a replay sends each letter once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.dead_letter import DeadLetter
from services.contracts.headers import Failure
from services.contracts.topics import DEAD_LETTER_SUFFIX, dead_letter_topic
from services.outcomes import Reason, Stage
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import build_dead_letter
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.settings import name_variable
from tests.support.commands import run_copydesk
from tests.support.kafka_records import open_producer, read_committed_records
from tests.support.source_records import Record
from tests.support.whole_path.launch import write_order

KILLS = int(os.environ.get("DLQ_KILLS", "2"))
"""Number of kills at each point."""
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400 + 120 * KILLS)]
LETTERS = 700 + 400 * KILLS
"""Number of letters, some transactions more than the kills let through."""
SECONDS = 120
"""Seconds in which a command must end."""


async def write_letters(
    servers: str,
    values: list[bytes | None],
    *,
    topic: str = topics.RAW,
    partition: int = 2,
    reason: Reason = Reason.INVALID_JSON,
) -> None:
    """Append the dead letters of records with these values, each with a key and headers of its own."""
    failure = Failure(reason, Stage.ANNOTATE, "PermanentError", "bad")
    async with open_producer(servers) as producer:
        sent = []
        for number, value in enumerate(values):
            headers = (("mine", b"%d" % number), ("null", None))
            record = Record(value, b"key %d" % number, headers, topic, partition, number, 1_700_000_000_000)
            sent.append(await send(producer, build_dead_letter(record, failure)))
        await asyncio.gather(*sent)


def run(
    *arguments: str, servers: str, orders: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `copydesk dlq`, with crash points if there is a file of orders."""
    return run_copydesk("dlq", *arguments, servers=servers, timeout=SECONDS, orders=orders, environ=environ)


def read_lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    """Return the JSON objects that a command has printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


async def read_source(servers: str, wanted: set[bytes]) -> list[ConsumerRecord]:
    """Read the records on the raw topic that have one of the values."""
    records = await read_committed_records(servers, topics.RAW, topics.PARTITIONS)
    return [record for record in records if record.value in wanted]


async def test_letters_are_listed_shown_and_exported(broker: str) -> None:
    """The commands give counts, lines, the bytes and the whole letter; a named letter that is not there is an error."""
    values: list[bytes | None] = [b"shown {", b"\xff\x00shown", None]
    await write_letters(broker, values, reason=Reason.TOO_LARGE)
    counts = read_lines(run("list", "--counts", "--reason", "too_large", servers=broker))
    assert [(one["topic"], one["letters"], one["replayed"]) for one in counts] == [(f"{topics.RAW}.dlq", 3, 0)]
    lines = read_lines(run("list", "--topic", topics.RAW, "--reason", "too_large", servers=broker))
    assert [line["source"] for line in lines] == [f"{topics.RAW}/2/{number}" for number in range(3)]
    names = [str(line["id"]) for line in lines]
    assert b"shown {" in run("show", names[0], servers=broker).stdout
    assert run("show", names[1], "--bytes", servers=broker).stdout == values[1]
    exported = [DeadLetter.model_validate(line) for line in read_lines(run("export", *names, servers=broker))]
    assert [letter.value for letter in exported] == values
    missing = run("show", f"{topics.RAW}.dlq/0/99999", servers=broker)
    assert missing.returncode != 0 and b"there is no dead letter" in missing.stderr


async def test_a_replay_is_once_and_unchanged(broker: str) -> None:
    """A letter goes back with key, value, headers and partition, and not again unless it is forced."""
    values: list[bytes | None] = [b"again one", b"again two"]
    await write_letters(broker, values, reason=Reason.TIMED_OUT)
    chosen = ("replay", "--reason", "timed_out")
    planned = run(*chosen, "--dry-run", servers=broker)
    assert read_lines_after_text(planned) == {"would_be_replayed": 2, "already_replayed": 0, "failed": 0}
    assert await read_source(broker, {b"again one", b"again two"}) == []
    assert read_lines(run(*chosen, servers=broker)) == [{"replayed": 2, "already_replayed": 0, "failed": 0}]
    found = await read_source(broker, {b"again one", b"again two"})
    assert [(one.key, one.value, one.partition) for one in found] == [
        (b"key 0", b"again one", 2),
        (b"key 1", b"again two", 2),
    ]
    assert [list(one.headers) for one in found] == [[("mine", b"0"), ("null", None)], [("mine", b"1"), ("null", None)]]
    assert read_lines(run(*chosen, servers=broker)) == [{"replayed": 0, "already_replayed": 2, "failed": 0}]
    assert read_lines(run(*chosen, "--force", servers=broker))[0]["replayed"] == 2
    assert len(await read_source(broker, {b"again one", b"again two"})) == 4


def read_lines_after_text(done: subprocess.CompletedProcess[bytes]) -> dict[str, object]:
    """Return the report at the end of a dry run."""
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return report


async def test_an_edited_value_is_sent_instead(broker: str, tmp_path: Path) -> None:
    """`--edit` and `--value` send other bytes of one letter, and both need exactly one."""
    await write_letters(broker, [b"edit this", b"replace this"], reason=Reason.NOT_UTF8)
    names = [str(line["id"]) for line in read_lines(run("list", "--reason", "not_utf8", servers=broker))]
    file = tmp_path / "value"
    file.write_bytes(b"by file")
    assert run("replay", names[0], "--edit", servers=broker, EDITOR="sed -i s/this/that/").returncode == 0
    assert run("replay", names[1], "--value", str(file), servers=broker).returncode == 0
    found = await read_source(broker, {b"edit this", b"edit that", b"replace this", b"by file"})
    assert [record.value for record in found] == [b"edit that", b"by file"]
    assert run("replay", *names, "--edit", servers=broker).returncode == 2
    assert run("replay", servers=broker).returncode == 2


async def test_a_letter_that_cannot_go_back_blocks_no_other(broker: str) -> None:
    """A source topic or partition that is gone, and a foreign record, are reported, and the other letters are sent."""
    await write_letters(broker, [b"no partition"], partition=99, reason=Reason.WORKER_DIED)
    await write_letters(broker, [b"has all"], reason=Reason.WORKER_DIED)
    await write_letters(broker, [b"no topic"], topic=topics.ANNOTATED, reason=Reason.WORKER_DIED)
    failure = Failure(Reason.WORKER_DIED, Stage.ANNOTATE, "PermanentError", "bad")
    gone = build_dead_letter(Record(b"gone", topic="was.deleted"), failure)
    async with open_producer(broker) as producer:
        await producer.send_and_wait(f"{topics.RAW}{DEAD_LETTER_SUFFIX}", b"gone", headers=list(gone.headers))
        await producer.send_and_wait(
            dead_letter_topic(topics.ENRICHED), b"foreign", headers=[("x-copydesk-reason", b"worker_died")]
        )
    done = run("replay", "--reason", "worker_died", servers=broker)
    assert done.returncode == 1
    assert read_lines(done) == [{"replayed": 2, "already_replayed": 0, "failed": 3}]
    for expected in (
        b"has no partition 99",
        b"was.deleted does not exist",
        b"does not have the headers of a dead letter",
    ):
        assert expected in done.stderr
    assert len(await read_source(broker, {b"has all", b"gone", b"foreign"})) == 1


async def test_kills_neither_lose_nor_double(broker: str, tmp_path: Path) -> None:
    """After kills at every step, each letter is on the source topic once, and each is known as replayed."""
    values = [b"killed %d" % number for number in range(LETTERS)]
    await write_letters(broker, list(values), reason=Reason.UNEXPECTED)
    orders = tmp_path / "orders"
    rng = random.Random(29)
    points = {
        CrashPoint.FENCED: 1,
        CrashPoint.BETWEEN_OUTPUTS: rng.randint(1, 250),
        CrashPoint.INSIDE_TRANSACTION: rng.randint(1, 2),
        CrashPoint.COMMITTED: rng.randint(1, 2),
    }
    for point, arrival in points.items():
        for _ in range(KILLS):
            write_order(orders, point, signal.SIGKILL, arrival)
            done = run("replay", "--reason", "unexpected", servers=broker, orders=orders)
            assert done.returncode == -signal.SIGKILL, done.stderr
    assert run("replay", "--reason", "unexpected", servers=broker).returncode == 0
    found = await read_source(broker, set(values))
    assert Counter(record.value for record in found) == Counter(values)
    [counts] = read_lines(run("list", "--counts", "--reason", "unexpected", servers=broker))
    assert counts["letters"] == counts["replayed"] == LETTERS
    again = read_lines(run("replay", "--reason", "unexpected", servers=broker))
    assert again == [{"replayed": 0, "already_replayed": LETTERS, "failed": 0}]


async def test_a_second_replay_shuts_out_the_first(broker: str, tmp_path: Path) -> None:
    """The second of two replays at the same time sends each letter, and the first one ends with an error."""
    values = [b"two %d" % number for number in range(10)]
    await write_letters(broker, list(values), reason=Reason.EMPTY)
    orders = tmp_path / "orders"
    write_order(orders, CrashPoint.INSIDE_TRANSACTION, signal.SIGSTOP)
    command = ["tests.support.whole_path.launch", str(orders), "services.cli", "dlq", "replay", "--reason", "empty"]
    environ = {**os.environ, name_variable("kafka", "bootstrap_servers"): broker}
    with subprocess.Popen([sys.executable, "-m", *command], env=environ, stderr=subprocess.PIPE) as first:
        try:
            for _ in range(SECONDS * 10):
                if not orders.exists():
                    break
                await asyncio.sleep(0.1)
            done = await asyncio.to_thread(run, "replay", "--reason", "empty", servers=broker)
            assert read_lines(done) == [{"replayed": 10, "already_replayed": 0, "failed": 0}]
            first.send_signal(signal.SIGCONT)
            assert await asyncio.to_thread(first.wait, SECONDS) == 1
        finally:
            first.kill()
    assert Counter(one.value for one in await read_source(broker, set(values))) == Counter(values)
