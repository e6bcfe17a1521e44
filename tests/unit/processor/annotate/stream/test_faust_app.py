"""faust's reading loop with our overrides: no task and no pause per record while the queue has room."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from mode import Service
from mode.utils.locks import Event

from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.stream.batch_reader import BatchReader
from services.processor.annotate.stream.faust_app import PromptConsumer, build_app
from services.runtime.kafka.header_names import TolerantPartitionRecords
from services.runtime.service.settings import KafkaSettings

RAW = TP("raw", 0)


@pytest.fixture
async def queue() -> asyncio.Queue[str]:
    return asyncio.Queue(maxsize=1)


class Threadless(PromptConsumer):
    """A consumer without the thread that connects to a broker."""

    def _new_consumer_thread(self) -> Any:
        return Service()


@pytest.fixture
async def consumer(queue: asyncio.Queue[str]) -> PromptConsumer:
    """Build a consumer that is not started and whose reader reads the queue."""
    app = build_app(KafkaSettings(bootstrap_servers="localhost:1"), AnnotateSettings())
    app.consumer = consumer = Threadless(app.transport, AsyncMock(), AsyncMock(), AsyncMock())
    consumer.reader = BatchReader(app, queue, size=1, window=0, batch_bytes=1)
    return consumer


async def test_the_app_reads_any_header_name(aiokafka_unpatched: None) -> None:
    """A consumer of faust reads records whose header names are not UTF-8."""
    build_app(KafkaSettings(bootstrap_servers="localhost:1"), AnnotateSettings())
    assert fetcher.PartitionRecords is TolerantPartitionRecords


async def test_a_record_is_handed_on_at_once_while_there_is_room(
    consumer: PromptConsumer, queue: asyncio.Queue[str]
) -> None:
    """A record is put into a queue with room by the reading task itself, before any other task runs."""
    reader = asyncio.current_task()

    async def hand_on() -> asyncio.Task[Any] | None:
        queue.put_nowait("record")
        return asyncio.current_task()

    asyncio.get_running_loop().call_soon(lambda: queue.put_nowait("another turn"))
    waited = await consumer.wait_first(hand_on(), consumer.suspend_flow.wait())
    assert waited.results == [reader]
    assert not waited.stopped
    assert queue.get_nowait() == "record"


async def test_an_error_while_handing_on_is_raised(consumer: PromptConsumer) -> None:
    """An exception of handing a record on leaves `wait_first`."""

    async def hand_on() -> None:
        raise KeyError("no such partition")

    with pytest.raises(KeyError):
        await consumer.wait_first(hand_on(), consumer.suspend_flow.wait())


async def test_a_suspended_flow_ends_the_wait_for_room(consumer: PromptConsumer, queue: asyncio.Queue[str]) -> None:
    """A rebalance does not wait for room in the queue, and the record that had to wait is not put into it."""
    queue.put_nowait("first")
    handing_on = asyncio.create_task(queue.put("second"))
    waiting = asyncio.create_task(consumer.wait_first(handing_on, consumer.suspend_flow.wait()))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    consumer.suspend_flow.set()
    async with asyncio.timeout(1):
        await waiting
    assert queue.get_nowait() == "first"
    await asyncio.sleep(0)
    assert queue.empty()


async def test_a_full_queue_pauses_no_partition(consumer: PromptConsumer) -> None:
    """A full queue leaves all partitions active: with all of them paused, faust would sleep for a second."""
    consumer._active_partitions = {RAW}
    consumer.on_buffer_full(RAW)
    assert consumer._get_active_partitions() == {RAW}
    assert consumer._buffered_partitions == set()


async def test_the_commit_passes_all_gaps(consumer: PromptConsumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One commit passes the gaps of many transactions; without a newly acknowledged record there is none."""
    monkeypatch.setattr(consumer.app.topics, "acks_enabled_for", lambda _: True)
    assert consumer._new_offset(RAW) is None
    for offset in (0, 40, 42, 44):
        await consumer._add_gap(RAW, offset + 1, offset + 2)
        consumer.ack(ConsumerMessage(RAW.topic, RAW.partition, offset, 0, 0, [], None, None, None, tp=RAW))
    assert consumer._new_offset(RAW) == 45
    assert consumer._new_offset(RAW) is None


async def test_without_a_reader_faust_hands_on_as_usual(consumer: PromptConsumer) -> None:
    """A consumer without a reader returns what faust's own `wait_first` returns."""
    consumer.reader = None

    async def hand_on() -> str:
        return "handed on"

    waited = await consumer.wait_first(hand_on(), consumer.suspend_flow.wait())
    assert waited.results == ["handed on"]


async def test_a_start_creates_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's start creates no folder, which a killed process would leave behind."""
    monkeypatch.chdir(tmp_path)
    app = build_app(KafkaSettings(bootstrap_servers="localhost:1"), AnnotateSettings())
    await app.on_first_start()
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (faust.App, ["_create_directories"]),
        (driver.AIOKafkaConsumerThread, ["_create_worker_consumer"]),
        (driver.Producer, ["_ensure_producer", "_settings_extra"]),
        (
            driver.Consumer,
            [
                "_add_gap",
                "_getmany",
                "_new_consumer_thread",
                "_new_offset",
                "on_buffer_full",
                "track_message",
                "verify_event_path",
                "wait_first",
            ],
        ),
    ],
)
def test_private_names_of_faust(owner: type[object], names: list[str]) -> None:
    """The undocumented methods of faust that we call or override still exist."""
    assert faust.__version__.startswith("0.15.")
    assert [name for name in names if not callable(getattr(owner, name, None))] == []


async def test_private_fields_of_faust() -> None:
    """The undocumented fields of faust and aiokafka that we read or set still exist."""
    app = build_app(KafkaSettings(bootstrap_servers="localhost:1"), AnnotateSettings())
    assert isinstance(app._crashed, asyncio.Event | Event)
    assert app.crash_reason is None
    consumer = AIOKafkaConsumer(bootstrap_servers="localhost:1")
    assert hasattr(consumer, "_fetch_max_wait_ms")
    await consumer.stop()
