"""The archive service on a real Kafka: each record of the raw topic is in the files once, whatever is killed."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from pathlib import Path

import pytest

from services.archive.lines import ArchivedRecord
from services.archive.reading import ArchiveReader, ArchiveSelection
from services.contracts import topics
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.settings import name_variable
from tests.support.kafka_records import open_producer, read_committed_records
from tests.support.kills import EXTRA_SECONDS, KILLS
from tests.support.stage_processes import StageProcess, run_stage_process
from tests.support.whole_path.launch import write_order

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300 + 4 * EXTRA_SECONDS)]
RECORDS = 600 + 200 * KILLS
WITHIN = 90


async def send(servers: str, count: int, *, transactional_id: str | None = None) -> None:
    """Append articles of three sources, bytes that are no article, and tombstones."""
    async with open_producer(servers, transactional_id) as producer:
        if transactional_id:
            await producer.begin_transaction()
        deliveries = []
        for number in range(count):
            article = json.dumps({"content": f"text {number}", "source": f"s{number % 3}.example"}).encode()
            value = {7: None, 8: b"\xff\x00"}.get(number % 100, article)
            partition = number % topics.PARTITIONS
            deliveries.append(
                await producer.send(topics.RAW, value, key=b"%d" % number, partition=partition, headers=[("n", b"1")])
            )
        await asyncio.gather(*deliveries)
        if transactional_id:
            await producer.commit_transaction()


def read_archive(folder: Path) -> list[ArchivedRecord]:
    """Read the whole archive; it must have no damage."""
    reports: list[str] = []
    reader = ArchiveReader(folder, reports.append)
    found = [
        record for number in reader.list_partitions() for record in reader.read(number, ArchiveSelection(since_ms=0))
    ]
    assert reports == []
    return found


async def await_archived(servers: str, folder: Path, process: StageProcess) -> None:
    """Wait until the archive has every record of the topic, and compare all of them."""
    expected = await read_committed_records(servers, topics.RAW, topics.PARTITIONS)
    wanted = [(r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in expected]
    deadline = asyncio.get_running_loop().time() + WITHIN
    while True:
        found = read_archive(folder) if folder.exists() and (folder / "archive.json").exists() else []
        if len(found) >= len(wanted):
            break
        assert asyncio.get_running_loop().time() < deadline, f"{len(found)} of {len(wanted)}: {process.tail()}"
        await asyncio.sleep(0.2)
    got = [(r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in found]
    assert sorted(got, key=lambda one: one[:2]) == sorted(wanted, key=lambda one: one[:2])


async def test_kills_neither_lose_nor_double(broker: str, tmp_path: Path) -> None:
    """After kills at every step, and after a stop, each committed record is in the archive once, with all its bytes."""
    folder, orders = tmp_path / "archive", tmp_path / "orders"
    environ = {
        name_variable("archive", "folder"): str(folder),
        name_variable("archive", "records"): "50",
        name_variable("archive", "interval"): "0.5",
    }
    module = ("tests.support.whole_path.launch", str(orders), "services.archive")
    rng = random.Random(5)
    with run_stage_process(*module, bootstrap_servers=broker, log=tmp_path / "log", environ=environ) as process:
        for number in range(KILLS):
            for point in (CrashPoint.FILES_WRITTEN, CrashPoint.ARCHIVED):
                write_order(orders, point, signal.SIGKILL, rng.randint(1, 3))
                await send(broker, RECORDS // KILLS, transactional_id=f"test-{number}" if number % 2 else None)
                assert await asyncio.to_thread(process.wait, WITHIN) == -signal.SIGKILL
                process.restart()
            await asyncio.sleep(rng.random())
            process.kill()
            process.restart()
        await await_archived(broker, folder, process)
        await send(broker, 10)
        await asyncio.to_thread(process.wait_for, "partitions_assigned")
        await await_archived(broker, folder, process)
        assert process.stop() == 0


async def test_a_topic_that_was_created_again_is_refused(broker: str, tmp_path: Path) -> None:
    """An archive that is ahead of the log ends the service with an error that says what to do."""
    folder = tmp_path / "archive"
    environ = {name_variable("archive", "folder"): str(folder), name_variable("archive", "group"): "ahead"}
    run = run_stage_process("services.archive", bootstrap_servers=broker, log=tmp_path / "log", environ=environ)
    with run as process:
        await asyncio.to_thread(process.wait_for, "partitions_assigned")
        await asyncio.to_thread(process.wait_ready)
        process.stop()
        manifest = folder / "manifests" / "00001" / f"{0:020d}.json"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        for path in manifest.parent.iterdir():
            path.unlink()
        manifest.write_text(
            json.dumps({"partition": 1, "first": 0, "last": 10**9, "earliest": 0, "latest": 0, "files": []})
        )
        process.restart()
        assert await asyncio.to_thread(process.wait, WITHIN) == 2
        assert "give another folder" in process.tail()
