"""Batches that are read from a faust queue and acknowledged by us alone."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types.tuples import ConsumerMessage
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from services.processor.annotate.raw_records import acknowledge
from services.processor.annotate.stream.batch_reader import BatchReader

HEADERS = (("a", b"1"), ("a", b"2"))


class FakeApp:
    """The part of a faust app that the reader uses."""

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


def event(app: FakeApp, offset: int, *, generation: int = 1, headers: Sequence[tuple[str, bytes]] = HEADERS) -> Any:
    message = ConsumerMessage(
        "raw", 0, offset, 1_700_000_000.123, 1, [*headers], b"key", b"value", None,
        generation_id=generation,
    )  # fmt: skip
    message.incref()
    return SimpleNamespace(message=message, ack=lambda: message.ack(app))  # type: ignore[arg-type]


def put(app: FakeApp, queue: ThrowableQueue[Any], *offsets: int) -> None:
    for offset in offsets:
        queue.force_put_nowait(event(app, offset))


def build(app: FakeApp, queue: ThrowableQueue[Any], *, size: int = 4, window: float = 0.02) -> BatchReader:
    return BatchReader(app, queue, size=size, window=window, batch_bytes=20)  # type: ignore[arg-type]


async def test_reads_waiting_records_at_once(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """Waiting records are read at once, in order, at most a batch; they are tracked and not acknowledged."""
    put(app, queue, *range(6))
    reader = build(app, queue, window=0)
    first, second = await reader.read(), await reader.read()
    assert [record.offset for record in first] == [0, 1, 2, 3]
    assert [record.offset for record in second] == [4, 5]
    assert app.tracked == [*range(6)]
    assert app.acked == []
    acknowledge(first)
    assert app.acked == [0, 1, 2, 3]


async def test_replayed_record_has_its_log_time(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A record that a replay wrote counts from the time at which the raw topic got it first."""
    queue.force_put_nowait(event(app, 1, headers=[("x-copydesk-log-time", b"1600000000000")]))
    queue.force_put_nowait(event(app, 2))
    replayed, live = await build(app, queue, window=0).read()
    assert (replayed.timestamp, replayed.is_replayed) == (1_600_000_000_000, True)
    assert (live.timestamp, live.is_replayed) == (1_700_000_000_123, False)


async def test_record(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A record has its time in milliseconds, and all headers, even those with equal names."""
    put(app, queue, 7)
    [record] = await build(app, queue).read()
    assert (record.topic, record.partition, record.offset, record.timestamp) == ("raw", 0, 7, 1_700_000_000_123)
    assert (record.key, record.value, list(record.headers)) == (b"key", b"value", [("a", b"1"), ("a", b"2")])


async def test_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A batch that is not full waits for more records as long as its window, and no longer."""
    reader = build(app, queue, window=0.2)
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    put(app, queue, 1)
    await asyncio.sleep(0.02)
    assert not reading.done()
    put(app, queue, 2)
    assert [record.offset for record in await reading] == [1, 2]


async def test_full_before_the_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A full batch does not wait."""
    put(app, queue, *range(4))
    async with asyncio.timeout(1):
        assert len(await build(app, queue, window=60).read()) == 4


async def test_bytes(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A batch is full by its bytes, too, and while several such batches wait the reader is saturated."""
    reader = build(app, queue, size=100, window=60)
    put(app, queue, *range(15))
    assert not reader.is_saturated()
    put(app, queue, 15)
    assert reader.is_saturated()
    assert [len(await reader.read()) for _ in range(4)] == [4, 4, 4, 4]
    assert not reader.is_saturated()


async def test_stale_events(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """An event from before a rebalance, or during a suspended flow, is neither read nor acknowledged."""
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
    """When faust ends the actor, the records read so far are returned, and then an empty batch."""
    reader = build(app, queue, window=60)
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    put(app, queue, 1)
    await asyncio.sleep(0.01)
    queue._throw(StopAsyncIteration())
    assert [record.offset for record in await reading] == [1]
    assert await reader.read() == []


async def test_cancelled(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """A cancellation acknowledges none of the records that were read by then."""
    reading = asyncio.create_task(build(app, queue, window=60).read())
    await asyncio.sleep(0)
    put(app, queue, 1, 2)
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    gc.collect()
    assert app.tracked == [1, 2]
    assert app.acked == []


async def test_nothing_lost_to_the_window(app: FakeApp, queue: ThrowableQueue[Any]) -> None:
    """Each event is read once and in order, however arrivals and windows coincide."""
    reader = build(app, queue, size=3, window=0.001)
    received: list[int] = []

    async def read_all() -> None:
        while len(received) < 300:
            received.extend(record.offset for record in await reader.read())

    reading = asyncio.create_task(read_all())
    for offset in range(300):
        put(app, queue, offset)
        await asyncio.sleep(0.001 * (offset % 3))
    async with asyncio.timeout(5):
        await reading
    assert received == [*range(300)]
