"""Tests of the transactional lane on a real broker. The state of the tested stage is a hash chain."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sized
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition

from services.contracts.topics import dead_letter_topic
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.outcomes import Reason
from services.runtime.kafka.topics import create_topics
from services.runtime.service.lifecycle import EXIT_DEADLINE
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.chain_stage import Chain, extend
from tests.support.kafka_records import open_admin, open_producer, read_committed_records, read_records, send_values
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("LANE_KILLS", "6"))
"""Number of kills, by SIGKILL and SIGTERM in turn."""
JOINS = int(os.environ.get("LANE_JOINS", "3"))
"""Number of times that a second worker leaves and joins again."""
INSTANCE = name_variable("kafka", "instance")


@pytest.fixture
async def chain(kafka: str) -> Chain:
    """Create topics for the test."""
    return await build_chain(kafka, 1)


@contextmanager
def run_chain(
    chain: Chain, servers: str, folder: Path, instance: str | None = None, *, stall_after: str = "60"
) -> Iterator[StageProcess]:
    """Run the chain stage as a process; with `instance`, it is a static member of its group."""
    environ = {name_variable("telemetry", "stall_after"): stall_after}
    if instance:
        environ[INSTANCE] = instance
    log = folder / f"chain-{instance or uuid4().hex[:4]}.log"
    with run_stage_process(
        "tests.integration.chain_stage", chain.model_dump_json(), bootstrap_servers=servers, log=log, environ=environ
    ) as stage:
        yield stage


def check_chain(sent: list[bytes], records: list[ConsumerRecord]) -> None:
    """Assert that each value is there once and in order, and that each link follows from the previous one."""
    assert [record.value for record in records] == sent
    link = ""
    for record in records:
        link = extend(link, record.value)
        assert dict(record.headers)["link"] == link.encode()


def has_received(count: int) -> Callable[[Sized], bool]:
    """Build a condition that is true when the number of records is reached."""
    return lambda records: len(records) >= count


@asynccontextmanager
async def load(chain: Chain, servers: str) -> AsyncIterator[dict[int, list[bytes]]]:
    """Send about 250 records per second to each partition during the block; yield the values sent so far."""
    sent: dict[int, list[bytes]] = {partition: [] for partition in range(chain.partitions)}
    stop = asyncio.Event()

    async def send() -> None:
        async with open_producer(servers) as producer:
            while not stop.is_set():
                for partition, values in sent.items():
                    values.append(f"{partition}-{len(values)}".encode())
                    await producer.send(chain.name, value=values[-1], key=b"k", partition=partition)
                await asyncio.sleep(0.004)

    sending = asyncio.create_task(send())
    try:
        yield sent
    finally:
        stop.set()
        await sending


async def check_all(chain: Chain, servers: str, sent: dict[int, list[bytes]], within: float = 240) -> None:
    """Assert that each record was written once and in order, and that each link follows from the previous one."""
    total = sum(len(values) for values in sent.values())
    records = await read_records(servers, chain.output, chain.partitions, has_received(total), within=within)
    for partition, values in sent.items():
        check_chain(values, [record for record in records if record.partition == partition])


async def build_chain(servers: str, partitions: int, **fields: object) -> Chain:
    """Create the topics of a new chain."""
    chain = Chain(name=f"chain.{uuid4().hex[:8]}", partitions=partitions, **fields)
    await create_topics(KafkaSettings(bootstrap_servers=servers), chain.declare())
    return chain


async def test_killed_worker_loses_and_repeats_nothing(kafka: str, tmp_path: Path) -> None:
    """If the worker is killed again and again under load, each record is written once, in order and correctly."""
    chain = await build_chain(kafka, 3)
    rng = random.Random(7)
    with run_chain(chain, kafka, tmp_path, "one") as stage:
        async with load(chain, kafka) as sent:
            for number in range(KILLS):
                await asyncio.to_thread(stage.wait_for, "lane_opened", count=3)
                await asyncio.sleep(rng.uniform(0.0, 0.5))
                stage.signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
                assert await asyncio.to_thread(stage.wait) == (0 if number % 2 else -signal.SIGKILL)
                stage.restart()
        await check_all(chain, kafka, sent)


async def test_rebalances_lose_and_repeat_nothing(kafka: str, tmp_path: Path) -> None:
    """If a second worker joins and leaves under load, each record is written once, in order and correctly."""
    chain = await build_chain(kafka, 4)
    with run_chain(chain, kafka, tmp_path) as stays, run_chain(chain, kafka, tmp_path) as moves:
        async with load(chain, kafka) as sent:
            for _ in range(JOINS):
                await asyncio.to_thread(moves.wait_for, "lane_opened", count=2)
                assert moves.stop() == 0
                moves.restart()
        await check_all(chain, kafka, sent)
        assert stays.process.poll() is None


async def test_killed_broker_loses_and_repeats_nothing(embedded_settings: EmbeddedSettings, tmp_path: Path) -> None:
    """If the broker is killed under load, the lanes wait for it, and each record is written once and in order."""
    with EmbeddedKafka.start(embedded_settings) as broker:
        servers = broker.bootstrap_servers
        chain = await build_chain(servers, 2)
        with run_chain(chain, servers, tmp_path, "one") as stage:
            async with load(chain, servers) as sent:
                await asyncio.to_thread(stage.wait_for, "lane_opened", count=2)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(broker.kill)
                await asyncio.to_thread(broker.restart)
            if stage.process.poll() is not None:
                # On a slow machine, the broker may be down for longer than the request timeout.
                stage.restart()
            await check_all(chain, servers, sent)


async def test_zombie_is_fenced_and_exits(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A process that was frozen until another one took over its partition writes nothing and exits."""
    values = [b"first", b"sleep 1.5", *(f"later {number}".encode() for number in range(20))]
    with run_chain(chain, kafka, tmp_path, "zombie") as zombie, run_chain(chain, kafka, tmp_path, "heir") as heir:
        await asyncio.to_thread(zombie.wait_for, "partitions_assigned")
        await asyncio.to_thread(heir.wait_for, "partitions_assigned")
        await send_values(kafka, chain.name, values[:1])
        owner = await find_owner(zombie, heir)
        await send_values(kafka, chain.name, values[1:])
        await asyncio.sleep(0.7)
        owner.signal(signal.SIGSTOP)
        records = await read_records(kafka, chain.output, 1, has_received(len(values)), within=30)
        owner.signal(signal.SIGCONT)
        assert await asyncio.to_thread(owner.wait) == EXIT_DEADLINE
        assert "ProducerFenced" in owner.tail()
        check_chain(values, records)
        check_chain(values, await read_committed_records(kafka, chain.output))


async def find_owner(*stages: StageProcess) -> StageProcess:
    """Wait until one process has the partition and its lane is open; return that process."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for stage in stages:
            assigned = stage.events("partitions_assigned")
            if assigned and assigned[-1]["partitions"] == [0] and is_after(stage, "lane_opened", assigned[-1]):
                return stage
        await asyncio.sleep(0.05)
    raise AssertionError("no lane was opened")


def is_after(stage: StageProcess, name: str, event: dict[str, Any]) -> bool:
    """Return True if the stage has logged an event with this name after another event."""
    return any(line["timestamp"] > event["timestamp"] for line in stage.events(name))


async def test_failed_records_become_dead_letters(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A record that fails becomes a dead letter with its original bytes; the others are written in order."""
    sent = [b"a", b"raise", b"b", b"permanent", b"c", b"huge", b"d", b"transient 2", b"e"]
    await send_values(kafka, chain.name, sent)
    with run_chain(chain, kafka, tmp_path):
        good = [value for value in sent if value not in (b"raise", b"permanent", b"huge")]
        check_chain(good, await read_records(kafka, chain.output, 1, has_received(len(good)), within=30))
        letters = await read_committed_records(kafka, dead_letter_topic(chain.name))
    originals = {record.value: record for record in await read_committed_records(kafka, chain.name)}
    reasons = {record.value: dict(record.headers)["x-copydesk-reason"] for record in letters}
    assert reasons == {b"raise": b"unexpected", b"permanent": b"invalid_article", b"huge": b"too_large"}
    for letter in letters:
        original, headers = originals[letter.value], dict(letter.headers)
        assert (letter.key, letter.timestamp) == (original.key, original.timestamp)
        assert headers["__streams.errors.offset"] == str(original.offset).encode()


async def test_consecutive_failures_end_the_process(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """After several consecutive unexpected failures, the process ends without committing them."""
    await send_values(kafka, chain.name, [b"a", b"raise", b"b", *[b"raise"] * 10])
    with run_chain(chain, kafka, tmp_path) as stage:
        assert await asyncio.to_thread(stage.wait) == EXIT_DEADLINE
        assert "10 records in a row" in stage.tail()
    assert await read_committed_records(kafka, chain.output) == []
    assert await read_committed_records(kafka, dead_letter_topic(chain.name)) == []


async def test_failed_retries_end_the_process(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """If all retries fail, the process ends without a commit and without a dead letter."""
    await send_values(kafka, chain.name, [b"a", b"transient 99"])
    with run_chain(chain, kafka, tmp_path) as stage:
        assert await asyncio.to_thread(stage.wait, 60) == EXIT_DEADLINE
    assert await read_committed_records(kafka, chain.output) == []
    assert await read_committed_records(kafka, dead_letter_topic(chain.name)) == []


async def test_gap_that_the_log_explains_is_passed(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """The marker of a transaction on an input without transactions is compared with the log, and no record is lost.

    A gap with skipped records, which a real Kafka does not make, is tested in tests/unit/runtime/kafka/test_offsets.py.
    """
    async with open_producer(kafka, f"{chain.name}-writer") as producer:
        for value in (b"a", b"b"):
            async with producer.transaction():
                await producer.send(chain.name, value=value, partition=0)
    with run_chain(chain, kafka, tmp_path) as stage:
        [gap] = await asyncio.to_thread(stage.wait_for, "offset_gap_explained")
        assert (gap["expected"], gap["found"]) == (1, 2)
        check_chain([b"a", b"b"], await read_records(kafka, chain.output, 1, has_received(2), within=30))


async def test_transactional_input_may_have_gaps(kafka: str, tmp_path: Path) -> None:
    """Only the committed records of a transactional input are processed, and the lag ends at 0."""
    chain = await build_chain(kafka, 1, input_is_transactional=True)
    async with open_producer(kafka, f"{chain.name}-writer") as producer:
        for number in range(30):
            await producer.begin_transaction()
            await (await producer.send(chain.name, value=str(number).encode(), partition=0))
            await (producer.abort_transaction() if number % 3 == 0 else producer.commit_transaction())
    good = [str(number).encode() for number in range(30) if number % 3]
    with run_chain(chain, kafka, tmp_path) as stage:
        check_chain(good, await read_records(kafka, chain.output, 1, has_received(len(good)), within=30))
        await asyncio.to_thread(wait_for_metric, stage, "copydesk_consumer_lag_messages", 0.0)


async def test_loss_by_retention_is_reported(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """Records that retention removed before they were read are reported, and the others are processed."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    with run_chain(chain, kafka, tmp_path, "one") as stage:
        await send_values(kafka, chain.name, [b"a", b"b"])
        await read_records(kafka, chain.output, 1, has_received(2), within=30)
        assert stage.stop() == 0
        await send_values(kafka, chain.name, [b"lost", b"lost too", b"c"])
        async with open_admin(settings) as admin:
            await admin.delete_records({TopicPartition(chain.name, 0): RecordsToDelete(before_offset=4)})
        stage.restart()
        [loss] = await asyncio.to_thread(stage.wait_for, "records_lost_to_retention")
        assert (loss["first"], loss["next"]) == (2, 4)
        check_chain([b"a", b"b", b"c"], await read_records(kafka, chain.output, 1, has_received(3), within=30))
        assert 'copydesk_lost_to_retention_total{stage="match"} 2.0' in stage.fetch("/metrics")[1]


async def test_lane_with_state_opens_without_records(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A lane with state opens although no record waits; the service is not ready before, and stops with code 0."""
    with run_chain(chain, kafka, tmp_path) as stage:
        await asyncio.to_thread(stage.wait_ready)
        assert len(stage.events("lane_opened")) == 1
        assert stage.fetch("/live") == (200, "live\n")
        assert stage.stop() == 0


async def test_null_keys_and_values_are_preserved(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """Null keys, null values and null header values reach the output and the dead letters unchanged."""
    async with open_producer(kafka) as producer:
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=1_700_000_000_000, headers=[("null", None), ("twice", b"1")])
        batch.append(key=None, value=b"raise", timestamp=1_700_000_000_001, headers=[("twice", b"2")])
        await (await producer.send_batch(batch, chain.name, partition=0))
    with run_chain(chain, kafka, tmp_path):
        output = await read_records(kafka, chain.output, 1, has_received(1), within=30)
        letters = await read_records(kafka, dead_letter_topic(chain.name), 1, has_received(1), within=30)
    assert [(one.key, one.value, one.timestamp, one.headers[:2]) for one in output] == [
        (None, None, 1_700_000_000_000, (("null", None), ("twice", b"1")))
    ]
    assert [(one.key, one.value, one.headers[0]) for one in letters] == [(None, b"raise", ("twice", b"2"))]
    assert dict(letters[0].headers)["x-copydesk-reason"] == Reason.UNEXPECTED.value.encode()


def wait_for_metric(stage: StageProcess, name: str, value: float, within: float = 20) -> None:
    """Wait until a metric has the value for all its labels."""
    deadline = time.monotonic() + within
    while True:
        lines = [line for line in stage.fetch("/metrics")[1].splitlines() if line.startswith(f"{name}{{")]
        if lines and all(float(line.rpartition(" ")[2]) == value for line in lines):
            return
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)


async def test_kills_during_snapshots_lose_nothing(kafka: str, tmp_path: Path) -> None:
    """If the worker is killed again and again during slow snapshots, restarts use them and nothing is lost."""
    chain = await build_chain(kafka, 2, snapshots=str(tmp_path / "snapshots"))
    rng = random.Random(5)
    restarts_with_snapshot = 0
    with run_chain(chain, kafka, tmp_path, "one") as stage:
        async with load(chain, kafka) as sent:
            for _ in range(KILLS // 2):
                await asyncio.to_thread(stage.wait_for, "snapshot_written")
                await asyncio.sleep(rng.uniform(0.0, 0.4))
                restarts_with_snapshot += len(stage.events("snapshot_read"))
                stage.kill()
                stage.restart()
        await check_all(chain, kafka, sent)
    assert restarts_with_snapshot > 0


async def test_long_restore_is_visible_and_can_be_stopped(kafka: str, tmp_path: Path) -> None:
    """During a restore that is longer than the stall limit, the service is live and not ready; SIGTERM stops it."""
    chain = await build_chain(kafka, 1)
    await send_values(kafka, chain.state, [b"%d" % number for number in range(30_000)])
    await send_values(kafka, chain.name, [b"waits"])
    slow = chain.model_copy(update={"restore_seconds": 0.0005})
    with run_chain(slow, kafka, tmp_path, stall_after="8") as stage:
        [*_, progressed] = await asyncio.to_thread(stage.wait_for, "restore_progressed", count=2)
        assert 0 < progressed["percent"] < 100 and progressed["records_per_second"] > 0
        assert stage.fetch("/live") == (200, "live\n")
        status, why = stage.fetch("/ready")
        assert (status, why) == (503, "not ready: lanes\n")
        metrics = stage.fetch("/metrics")[1]
        assert 'copydesk_restoring_lanes_count{stage="match"} 1.0' in metrics
        [progress] = [line for line in metrics.splitlines() if line.startswith("copydesk_restore_progress_ratio{")]
        assert 0 < float(progress.rpartition(" ")[2]) < 1
        began = time.monotonic()
        assert stage.stop() == 0
        assert time.monotonic() - began < 15
        assert stage.events("lane_opened") == []
    assert await read_committed_records(kafka, chain.output) == []


LONG_STATE = 15_000
"""Number of records whose restore, at 1 ms each, takes longer than the start of a second worker."""


async def test_rebalance_keeps_a_partial_restore(kafka: str, tmp_path: Path) -> None:
    """If a second worker joins during a restore, the first one does not read its remaining state from the start."""
    chain = await build_chain(kafka, 2)
    for partition in range(2):
        await send_values(kafka, chain.state, [b"%d" % number for number in range(LONG_STATE)], partition=partition)
        await send_values(kafka, chain.name, [b"waits"], partition=partition)
    slow = chain.model_copy(update={"restore_seconds": 0.001})
    with run_chain(slow, kafka, tmp_path) as first:
        # One lane may restore everything before the other one begins: only now does either have a part of its state.
        while count_restored(first) <= LONG_STATE:
            await asyncio.sleep(0.1)
        with run_chain(slow, kafka, tmp_path) as second:
            await asyncio.to_thread(second.wait_for, "partitions_assigned")
            records = await read_records(kafka, chain.output, 2, has_received(2), within=200)
            for stage in (first, second):
                while not is_after(stage, "lane_opened", stage.events("partitions_assigned")[-1]):
                    await asyncio.sleep(0.1)
            # The sum over all lanes: a restore that another rebalance cancels continues from where it was.
            assert count_restored(second) >= LONG_STATE
            assert first.events("lane_opened")[-1]["restored"] < LONG_STATE
    for record in records:
        assert dict(record.headers)["link"] == extend(str(LONG_STATE - 1), b"waits").encode()


def count_restored(stage: StageProcess) -> float:
    """Return the number of state records that the stage has restored so far."""
    lines = stage.fetch("/metrics")[1].splitlines()
    return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith("copydesk_restored_records_total{"))
