"""Batches from a faust queue, acknowledged by us alone."""

from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types.tuples import ConsumerMessage
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from services.processor.annotate.raw_records import acknowledge
from services.processor.annotate.stream.batch_reader import BatchReader


class FakeApp:
    """What the reader uses of a faust app."""

    def __init__(self) -> None:
        self.flow_control = FlowControlEvent(initially_suspended=False)
        self.consumer_generation_id = 1
        self.consumer = self
        self.tracked: list[int] = []
        self.acked: list[int] = []

    def track_message(self, message: Any) -> None:
        self.tracked.append(message.offset)

    def ack(self, message: Any) -> bool:
        message.acked = True
        self.acked.append(message.offset)
        return True


@pytest.fixture
async def app() -> FakeApp:
    return FakeApp()


@pytest.fixture
async def queue(app: FakeApp) -> ThrowableQueue[Any]:
    return ThrowableQueue(flow_control=app.flow_control, maxsize=100, clear_on_resume=True)


def event(app: FakeApp, offset: int, *, generation: int = 1) -> Any:
    message = ConsumerMessage(
        "raw", 0, offset, 1_700_000_000.123, 1, [("a", b"1"), ("a", b"2")], b"key", b"value", None,
        generation_id=generation,
    )  # fmt: skip
    message.incref()
    return SimpleNamespace(message=message, ack=lambda: message.ack(app))  # type: ignore[arg-type]


def put(app: FakeApp, queue: ThrowableQueue[Any], *offsets: int) -> None:
    for offset in offsets:
        queue.force_put_nowait(event(app, offset))


def build(app: FakeApp, queue: ThrowableQueue[Any], *, size: int = 4, window: float = 0.02) -> BatchReader:
    return BatchReader(app, queue, size=size, window=window, batch_bytes=20)  # type: ignore[arg-type]


async def test_takes_what_is_there(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """What waits comes at once, in order, at most a batch, tracked and not acknowledged."""
    put(app, queue, *range(6))
    reader = build(app, queue, window=0)
    first, second = await reader.read(), await reader.read()
    assert [record.offset for record in first] == [0, 1, 2, 3]
    assert [record.offset for record in second] == [4, 5]
    assert app.tracked == [*range(6)]
    assert app.acked == []
    acknowledge(first)
    assert app.acked == [0, 1, 2, 3]


async def test_record(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A record has its time in milliseconds and its headers as Kafka has them, names that come twice included."""
    put(app, queue, 7)
    [record] = await build(app, queue).read()
    assert (record.topic, record.partition, record.offset, record.timestamp) == ("raw", 0, 7, 1_700_000_000_123)
    assert (record.key, record.value, list(record.headers)) == (b"key", b"value", [("a", b"1"), ("a", b"2")])


async def test_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A batch that is not full waits its window for more, and no longer."""
    reader = build(app, queue, window=0.2)
    taking = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    put(app, queue, 1)
    await asyncio.sleep(0.02)
    assert not taking.done()
    put(app, queue, 2)
    assert [record.offset for record in await taking] == [1, 2]


async def test_full_before_the_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A full batch does not wait."""
    put(app, queue, *range(4))
    async with asyncio.timeout(1):
        assert len(await build(app, queue, window=60).read()) == 4


async def test_bytes(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A batch is full by its bytes, too, and where several such batches wait nothing more is fetched."""
    reader = build(app, queue, size=100, window=60)
    put(app, queue, *range(15))
    assert not reader.is_saturated()
    put(app, queue, 15)
    assert reader.is_saturated()
    assert [len(await reader.read()) for _ in range(4)] == [4, 4, 4, 4]
    assert not reader.is_saturated()


async def test_stale_events(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """An event from before a rebalance, or while the flow is suspended, is neither taken nor acknowledged."""
    queue.force_put_nowait(event(app, 1, generation=0))
    put(app, queue, 2)
    assert [record.offset for record in await build(app, queue).read()] == [2]
    put(app, queue, 3)
    app.flow_control.suspend()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await build(app, queue).read()
    assert app.acked == []


async def test_end_of_the_stream(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """When faust ends the actor, what was taken is still given out, then nothing."""
    reader = build(app, queue, window=60)
    taking = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    put(app, queue, 1)
    await asyncio.sleep(0.01)
    queue._throw(StopAsyncIteration())
    assert [record.offset for record in await taking] == [1]
    assert await reader.read() == []


async def test_cancelled(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A cancellation acknowledges nothing, whatever was taken by then."""
    taking = asyncio.create_task(build(app, queue, window=60).read())
    await asyncio.sleep(0)
    put(app, queue, 1, 2)
    await asyncio.sleep(0.01)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    gc.collect()
    assert app.tracked == [1, 2]
    assert app.acked == []


async def test_nothing_lost_to_the_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """However arrivals and windows fall together, each event is taken once, in order."""
    reader = build(app, queue, size=3, window=0.001)
    taken: list[int] = []

    async def take_all() -> None:
        while len(taken) < 300:
            taken.extend(record.offset for record in await reader.read())

    taking = asyncio.create_task(take_all())
    for offset in range(300):
        put(app, queue, offset)
        await asyncio.sleep(0.001 * (offset % 3))
    async with asyncio.timeout(5):
        await taking
    assert taken == [*range(300)]


def test_faust_still_has_what_is_used() -> None:
    """The names of faust that are not part of its documented interface are where they were."""
    from faust.transport.consumer import Consumer
    from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Producer

    assert faust.__version__.startswith("0.15.")
    assert callable(AIOKafkaConsumerThread._create_worker_consumer)
    assert callable(Producer._settings_extra)
    assert callable(Producer._ensure_producer)
    assert callable(Consumer.track_message)
