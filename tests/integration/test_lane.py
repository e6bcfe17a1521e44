"""The transactional lane on a real broker: kills, zombies, poison, gaps. The stage under test keeps a hash chain."""

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
"""kill -9 and SIGTERM in turn."""
JOINS = int(os.environ.get("LANE_JOINS", "3"))
"""Times that a second worker leaves and joins again."""
INSTANCE = name_variable("kafka", "instance")


@pytest.fixture
async def chain(kafka: str) -> Chain:
    """Topics of its own for each test."""
    return await build_chain(kafka, 1)


@contextmanager
def run_chain(
    chain: Chain, servers: str, folder: Path, instance: str | None = None, *, stall_after: str = "60"
) -> Iterator[StageProcess]:
    """The chain stage as a process; with `instance` a static member of its group."""
    environ = {name_variable("telemetry", "stall_after"): stall_after}
    if instance:
        environ[INSTANCE] = instance
    log = folder / f"chain-{instance or uuid4().hex[:4]}.log"
    with run_stage_process(
        "tests.integration.chain_stage", chain.model_dump_json(), bootstrap_servers=servers, log=log, environ=environ
    ) as stage:
        yield stage


def check_chain(sent: list[bytes], records: list[ConsumerRecord]) -> None:
    """Each value once, in order, each link computed on its true predecessor."""
    assert [record.value for record in records] == sent
    link = ""
    for record in records:
        link = extend(link, record.value)
        assert dict(record.headers)["link"] == link.encode()


def arrived(count: int) -> Callable[[Sized], bool]:
    return lambda records: len(records) >= count


@asynccontextmanager
async def load(chain: Chain, servers: str) -> AsyncIterator[dict[int, list[bytes]]]:
    """Records to all partitions, some 250 a second to each, for as long as the block lasts; yields what was sent."""
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
    """Everything that was sent came out once, in order, each link computed on its true predecessor."""
    total = sum(len(values) for values in sent.values())
    records = await read_records(servers, chain.output, chain.partitions, arrived(total), within=within)
    for partition, values in sent.items():
        check_chain(values, [record for record in records if record.partition == partition])


async def build_chain(servers: str, partitions: int, **fields: object) -> Chain:
    """A chain with topics of its own."""
    chain = Chain(name=f"chain.{uuid4().hex[:8]}", partitions=partitions, **fields)
    await create_topics(KafkaSettings(bootstrap_servers=servers), chain.declare())
    return chain


async def test_kills_lose_double_and_reorder_nothing(kafka: str, tmp_path: Path) -> None:
    """Kill -9 and SIGTERM in turn under load: each record once, in order, its state that of an undisturbed run."""
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


async def test_workers_that_come_and_go_lose_double_and_reorder_nothing(kafka: str, tmp_path: Path) -> None:
    """One worker stays while another joins and leaves under load, by SIGTERM: partitions move and the chain holds."""
    chain = await build_chain(kafka, 4)
    with run_chain(chain, kafka, tmp_path) as stays, run_chain(chain, kafka, tmp_path) as moves:
        async with load(chain, kafka) as sent:
            for _ in range(JOINS):
                await asyncio.to_thread(moves.wait_for, "lane_opened", count=2)
                assert moves.stop() == 0
                moves.restart()
        await check_all(chain, kafka, sent)
        assert stays.process.poll() is None


async def test_a_broker_that_dies_and_returns_loses_doubles_and_reorders_nothing(
    embedded_settings: EmbeddedSettings, tmp_path: Path
) -> None:
    """The broker is killed under load and comes back: the lanes wait for it, and the chain holds."""
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
                # On a machine so slow that the broker was away longer than a request may take.
                stage.restart()
            await check_all(chain, servers, sent)


async def test_a_zombie_is_fenced_and_exits(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A process stopped past its session, whose partition another took over, writes nothing when it wakes: it ends."""
    values = [b"first", b"sleep 1.5", *(f"later {number}".encode() for number in range(20))]
    with run_chain(chain, kafka, tmp_path, "zombie") as zombie, run_chain(chain, kafka, tmp_path, "heir") as heir:
        await asyncio.to_thread(zombie.wait_for, "partitions_assigned")
        await asyncio.to_thread(heir.wait_for, "partitions_assigned")
        await send_values(kafka, chain.name, values[:1])
        owner = await find_owner(zombie, heir)
        await send_values(kafka, chain.name, values[1:])
        await asyncio.sleep(0.7)
        owner.signal(signal.SIGSTOP)
        records = await read_records(kafka, chain.output, 1, arrived(len(values)), within=30)
        owner.signal(signal.SIGCONT)
        assert await asyncio.to_thread(owner.wait) == EXIT_DEADLINE
        assert "ProducerFenced" in owner.tail()
        check_chain(values, records)
        check_chain(values, await read_committed_records(kafka, chain.output))


async def find_owner(*stages: StageProcess) -> StageProcess:
    """The process that was given the partition last, once each has been given its share and the lane is open."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for stage in stages:
            assigned = stage.events("partitions_assigned")
            if assigned and assigned[-1]["partitions"] == [0] and is_after(stage, "lane_opened", assigned[-1]):
                return stage
        await asyncio.sleep(0.05)
    raise AssertionError("no lane was opened")


def is_after(stage: StageProcess, name: str, event: dict[str, Any]) -> bool:
    """Whether it logged a line under the name since then."""
    return any(line["timestamp"] > event["timestamp"] for line in stage.events(name))


async def test_poison_goes_to_the_dead_letters_and_its_neighbours_go_on(
    kafka: str, chain: Chain, tmp_path: Path
) -> None:
    """A record that fails, for whatever reason, is a dead letter with its bytes; the others come out in order."""
    sent = [b"a", b"raise", b"b", b"permanent", b"c", b"huge", b"d", b"transient 2", b"e"]
    await send_values(kafka, chain.name, sent)
    with run_chain(chain, kafka, tmp_path):
        good = [value for value in sent if value not in (b"raise", b"permanent", b"huge")]
        check_chain(good, await read_records(kafka, chain.output, 1, arrived(len(good)), within=30))
        letters = await read_committed_records(kafka, dead_letter_topic(chain.name))
    originals = {record.value: record for record in await read_committed_records(kafka, chain.name)}
    reasons = {record.value: dict(record.headers)["x-copydesk-reason"] for record in letters}
    assert reasons == {b"raise": b"unexpected", b"permanent": b"invalid_article", b"huge": b"too_large"}
    for letter in letters:
        original, headers = originals[letter.value], dict(letter.headers)
        assert (letter.key, letter.timestamp) == (original.key, original.timestamp)
        assert headers["__streams.errors.offset"] == str(original.offset).encode()


async def test_a_bug_does_not_drain_the_topic(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """After several unforeseen failures in a row the process ends, with nothing of them committed."""
    await send_values(kafka, chain.name, [b"a", b"raise", b"b", *[b"raise"] * 10])
    with run_chain(chain, kafka, tmp_path) as stage:
        assert await asyncio.to_thread(stage.wait) == EXIT_DEADLINE
        assert "10 records in a row" in stage.tail()
    assert await read_committed_records(kafka, chain.output) == []
    assert await read_committed_records(kafka, dead_letter_topic(chain.name)) == []


async def test_retries_that_do_not_help_end_the_process(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A transient failure that stays is no dead letter: the process ends and commits nothing."""
    await send_values(kafka, chain.name, [b"a", b"transient 99"])
    with run_chain(chain, kafka, tmp_path) as stage:
        assert await asyncio.to_thread(stage.wait, 60) == EXIT_DEADLINE
    assert await read_committed_records(kafka, chain.output) == []
    assert await read_committed_records(kafka, dead_letter_topic(chain.name)) == []


async def test_a_gap_that_the_log_does_not_explain_ends_the_process(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """Where offsets must be continuous, a jump ends the process before anything behind it is committed."""
    async with open_producer(kafka, f"{chain.name}-writer") as producer:
        for value in (b"a", b"b"):
            async with producer.transaction():
                await producer.send(chain.name, value=value, partition=0)
    with run_chain(chain, kafka, tmp_path) as stage:
        assert await asyncio.to_thread(stage.wait) == EXIT_DEADLINE
        assert "received offset 2, expected 1" in stage.tail()
    assert [record.value for record in await read_committed_records(kafka, chain.output)] in ([], [b"a"])


async def test_markers_and_aborted_transactions_are_no_gap(kafka: str, tmp_path: Path) -> None:
    """Of an input written in transactions, committed records come through and aborted ones do not; lag ends at 0."""
    chain = await build_chain(kafka, 1, input_is_transactional=True)
    async with open_producer(kafka, f"{chain.name}-writer") as producer:
        for number in range(30):
            await producer.begin_transaction()
            await (await producer.send(chain.name, value=str(number).encode(), partition=0))
            await (producer.abort_transaction() if number % 3 == 0 else producer.commit_transaction())
    good = [str(number).encode() for number in range(30) if number % 3]
    with run_chain(chain, kafka, tmp_path) as stage:
        check_chain(good, await read_records(kafka, chain.output, 1, arrived(len(good)), within=30))
        await asyncio.to_thread(wait_for_metric, stage, "copydesk_consumer_lag_messages", 0.0)


async def test_a_loss_by_retention_is_said_aloud_and_work_goes_on(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """Records that the broker deleted before they were read are reported with their offsets; the rest comes through."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    with run_chain(chain, kafka, tmp_path, "one") as stage:
        await send_values(kafka, chain.name, [b"a", b"b"])
        await read_records(kafka, chain.output, 1, arrived(2), within=30)
        assert stage.stop() == 0
        await send_values(kafka, chain.name, [b"lost", b"lost too", b"c"])
        async with open_admin(settings) as admin:
            await admin.delete_records({TopicPartition(chain.name, 0): RecordsToDelete(before_offset=4)})
        stage.restart()
        [loss] = await asyncio.to_thread(stage.wait_for, "records_lost_to_retention")
        assert (loss["first"], loss["next"]) == (2, 4)
        check_chain([b"a", b"b", b"c"], await read_records(kafka, chain.output, 1, arrived(3), within=30))
        assert 'copydesk_lost_to_retention_total{stage="match"} 2.0' in stage.fetch("/metrics")[1]


async def test_an_idle_partition_is_open_before_anything_comes(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """Its state is read back with nothing to do, and it is not ready before; it stops with 0 within a second or two."""
    with run_chain(chain, kafka, tmp_path) as stage:
        await asyncio.to_thread(stage.wait_ready)
        assert len(stage.events("lane_opened")) == 1
        assert stage.fetch("/live") == (200, "live\n")
        assert stage.stop() == 0


async def test_records_with_neither_key_nor_value_keep_their_place(kafka: str, chain: Chain, tmp_path: Path) -> None:
    """A null key and a null value come to the dead letters as they are, header values of null included."""
    async with open_producer(kafka) as producer:
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=1_700_000_000_000, headers=[("null", None), ("twice", b"1")])
        batch.append(key=None, value=b"raise", timestamp=1_700_000_000_001, headers=[("twice", b"2")])
        await (await producer.send_batch(batch, chain.name, partition=0))
    with run_chain(chain, kafka, tmp_path):
        output = await read_records(kafka, chain.output, 1, arrived(1), within=30)
        letters = await read_records(kafka, dead_letter_topic(chain.name), 1, arrived(1), within=30)
    assert [(one.key, one.value, one.timestamp, one.headers[:2]) for one in output] == [
        (None, None, 1_700_000_000_000, (("null", None), ("twice", b"1")))
    ]
    assert [(one.key, one.value, one.headers[0]) for one in letters] == [(None, b"raise", ("twice", b"2"))]
    assert dict(letters[0].headers)["x-copydesk-reason"] == Reason.UNEXPECTED.value.encode()


def wait_for_metric(stage: StageProcess, name: str, value: float, within: float = 20) -> None:
    """Until the metric, whatever its labels, has the value."""
    deadline = time.monotonic() + within
    while True:
        lines = [line for line in stage.fetch("/metrics")[1].splitlines() if line.startswith(f"{name}{{")]
        if lines and all(float(line.rpartition(" ")[2]) == value for line in lines):
            return
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)


async def test_kills_while_snapshots_are_written_leave_the_chain_whole(kafka: str, tmp_path: Path) -> None:
    """Kill -9 in the middle of slow snapshots, again and again: each restart begins with one, and the chain holds."""
    chain = await build_chain(kafka, 2, snapshots=str(tmp_path / "snapshots"))
    rng = random.Random(5)
    begun_with_one = 0
    with run_chain(chain, kafka, tmp_path, "one") as stage:
        async with load(chain, kafka) as sent:
            for _ in range(KILLS // 2):
                await asyncio.to_thread(stage.wait_for, "snapshot_written")
                await asyncio.sleep(rng.uniform(0.0, 0.4))
                begun_with_one += len(stage.events("snapshot_read"))
                stage.kill()
                stage.restart()
        await check_all(chain, kafka, sent)
    assert begun_with_one > 0


async def test_a_long_restore_shows_itself_and_can_be_broken_off(kafka: str, tmp_path: Path) -> None:
    """Not ready, yet alive, while its state is read back for longer than a stall may last; SIGTERM ends it at once."""
    chain = await build_chain(kafka, 1)
    await send_values(kafka, chain.state, [b"%d" % number for number in range(30_000)])
    await send_values(kafka, chain.name, [b"waits"])
    slow = chain.model_copy(update={"restore_seconds": 0.0005})
    with run_chain(slow, kafka, tmp_path, stall_after="8") as stage:
        [*_, told] = await asyncio.to_thread(stage.wait_for, "state_restoring", count=2)
        assert 0 < told["percent"] < 100 and told["records_per_second"] > 0
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


LONG_STATE = 12_000
"""Records whose restore, at a millisecond each, lasts longer than a second worker takes to start and join."""


async def test_a_rebalance_during_a_restore_throws_nothing_away(kafka: str, tmp_path: Path) -> None:
    """A second worker joins while the first reads its states back: what that keeps is not read from the start again."""
    chain = await build_chain(kafka, 2)
    for partition in range(2):
        await send_values(kafka, chain.state, [b"%d" % number for number in range(LONG_STATE)], partition=partition)
        await send_values(kafka, chain.name, [b"waits"], partition=partition)
    slow = chain.model_copy(update={"restore_seconds": 0.001})
    with run_chain(slow, kafka, tmp_path) as first:
        while count_restored(first) == 0:
            await asyncio.sleep(0.1)
        with run_chain(slow, kafka, tmp_path) as second:
            await asyncio.to_thread(second.wait_for, "partitions_assigned")
            records = await read_records(kafka, chain.output, 2, arrived(2), within=200)
            for stage in (first, second):
                while not is_after(stage, "lane_opened", stage.events("partitions_assigned")[-1]):
                    await asyncio.sleep(0.1)
            # In all its lanes together: one that another rebalance breaks off goes on where it was.
            assert count_restored(second) >= LONG_STATE
            assert first.events("lane_opened")[-1]["restored"] < LONG_STATE
    for record in records:
        assert dict(record.headers)["link"] == extend(str(LONG_STATE - 1), b"waits").encode()


def count_restored(stage: StageProcess) -> float:
    """Records of state that it has read back so far."""
    lines = stage.fetch("/metrics")[1].splitlines()
    return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith("copydesk_restored_records_total{"))
