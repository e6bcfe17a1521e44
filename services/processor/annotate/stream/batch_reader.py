"""Micro-batches read from a faust stream's queue, acknowledged by us and not by faust.

faust's own `take` and `take_events` acknowledge a batch when their loop body ends for any reason, an exception or a
cancellation included, and then drop the events that they had buffered. So this module reads the stream's queue
directly. A record that is read is tracked, so that a rebalance and a stop wait for it, and only
`records.acknowledge` acknowledges it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import faust

from services.contracts.headers import find_log_time
from services.processor.annotate.raw_records import RawRecord

BUFFERED_BATCHES = 4
"""Full batches, counted in bytes, that may wait in the queue: the worker stays busy, and the memory use is small."""


class BatchReader:
    """Reader of batches of at most `size` records, in order.

    A batch that is not full waits `window` seconds for more records. A batch is also full when its values have
    `batch_bytes` bytes or more, so that few huge records are in memory at the same time.
    """

    def __init__(self, app: faust.App, queue: Any, *, size: int, window: float, batch_bytes: int) -> None:
        self._app = app
        self._queue = queue
        self._size = size
        self._window = window
        self._batch_bytes = batch_bytes
        self._read_bytes = 0
        self._has_ended = False

    def has_room(self) -> bool:
        """Check whether one more record can be put into the queue without waiting."""
        return not self._queue.full()

    def is_saturated(self) -> bool:
        """Check whether enough bytes wait in the queue, so that nothing more should be fetched."""
        waiting = sum(len(event.message.value or b"") for event in self._queue._queue)
        return waiting >= BUFFERED_BATCHES * self._batch_bytes

    async def read(self) -> list[RawRecord]:
        """Return the next batch; it is empty when the stream has ended.

        Records read before a cancellation stay unacknowledged.
        """
        batch: list[RawRecord] = []
        self._read_bytes = 0
        while not batch and not self._has_ended:
            self._add(batch, await self._next_event())
        if self._has_ended:
            return batch
        deadline = asyncio.get_running_loop().time() + self._window
        while not self._is_full(batch) and not self._has_ended:
            if not self._queue.empty():
                self._add(batch, await self._next_event())
                continue
            try:
                async with asyncio.timeout_at(deadline):
                    event = await self._next_event()
            except TimeoutError:
                break
            self._add(batch, event)
        return batch

    def _is_full(self, batch: list[RawRecord]) -> bool:
        return len(batch) >= self._size or self._read_bytes >= self._batch_bytes

    async def _next_event(self) -> Any:
        """Return the next event, or None at the end of the stream.

        faust ends an actor by throwing StopAsyncIteration into its queue.
        """
        try:
            return await self._queue.get()
        except StopAsyncIteration:
            self._has_ended = True
            return None

    def _add(self, batch: list[RawRecord], event: Any) -> None:
        """Track the event's message and add it to the batch.

        As in faust's own stream, an event from before a rebalance is ignored: it is fetched again after the seek.
        """
        if event is None:
            return
        message = event.message
        app = self._app
        if not app.flow_control.is_active() or message.generation_id != app.consumer_generation_id:
            return
        if not message.tracked:
            message.tracked = True
            app.consumer.track_message(message)
        self._read_bytes += len(message.value or b"")
        timestamp = round(message.timestamp * 1_000)
        log_time = find_log_time(message.headers or (), timestamp)
        batch.append(
            RawRecord(
                message.topic,
                message.partition,
                message.offset,
                timestamp if log_time is None else log_time,
                message.key,
                message.value,
                message.headers or (),
                event.ack,
                log_time is not None,
            )
        )
