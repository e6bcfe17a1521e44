"""Micro-batches from a faust stream, with acknowledgement in our hands.

faust's own `take` and `take_events` acknowledge a batch when their loop body ends in whatever way, an exception and a
cancellation included, and then drop what they had buffered. So the stream's channel is read here directly: what is
taken is tracked, so that a rebalance and a stop wait for it, and acknowledged by `acknowledge` and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import faust

from services.runtime.kafka.records import RecordHeaders


class RawRecord(NamedTuple):
    """A record of the raw topic; `event` is faust's, for acknowledging it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since the epoch: when the broker took it."""
    key: bytes | None
    value: bytes | None
    headers: RecordHeaders
    event: Any


BUFFERED_BATCHES = 4
"""Batches by bytes that may wait: what keeps the worker busy, with little memory."""


class Intake:
    """Takes batches of at most `size` articles, in order. A batch that is not full waits `window` seconds for more.

    A batch is also full when it has `batch_bytes` or more, so that huge records come few at a time.
    """

    def __init__(self, app: faust.App, queue: Any, *, size: int, window: float, batch_bytes: int) -> None:
        self._app = app
        self._queue = queue
        self._size = size
        self._window = window
        self._batch_bytes = batch_bytes
        self._taken_bytes = 0
        self._ended = False

    def has_room(self) -> bool:
        """Whether one more record can be put into the queue without waiting."""
        return not self._queue.full()

    def is_sated(self) -> bool:
        """Whether so many bytes wait that nothing more should be fetched."""
        waiting = sum(len(event.message.value or b"") for event in self._queue._queue)
        return waiting >= BUFFERED_BATCHES * self._batch_bytes

    async def take(self) -> list[RawRecord]:
        """The next batch, empty when the stream has ended. What a cancellation interrupts stays unacknowledged."""
        batch: list[RawRecord] = []
        self._taken_bytes = 0
        while not batch and not self._ended:
            self._admit(batch, await self._next())
        if self._ended:
            return batch
        deadline = asyncio.get_running_loop().time() + self._window
        while not self._is_full(batch) and not self._ended:
            if not self._queue.empty():
                self._admit(batch, await self._next())
                continue
            try:
                async with asyncio.timeout_at(deadline):
                    event = await self._next()
            except TimeoutError:
                break
            self._admit(batch, event)
        return batch

    def _is_full(self, batch: list[RawRecord]) -> bool:
        return len(batch) >= self._size or self._taken_bytes >= self._batch_bytes

    async def _next(self) -> Any:
        """faust ends an actor by throwing StopAsyncIteration into its queue."""
        try:
            return await self._queue.get()
        except StopAsyncIteration:
            self._ended = True
            return None

    def _admit(self, batch: list[RawRecord], event: Any) -> None:
        """As faust's stream does: an event from before a rebalance is passed by, it comes again after the seek."""
        if event is None:
            return
        message = event.message
        app = self._app
        if not app.flow_control.is_active() or message.generation_id != app.consumer_generation_id:
            return
        if not message.tracked:
            message.tracked = True
            app.consumer.track_message(message)
        self._taken_bytes += len(message.value or b"")
        batch.append(
            RawRecord(
                message.topic,
                message.partition,
                message.offset,
                round(message.timestamp * 1_000),
                message.key,
                message.value,
                message.headers or (),
                event,
            )
        )


def acknowledge(records: Iterable[RawRecord]) -> None:
    """Let faust commit behind these. Without an await in between, so that no commit falls among them."""
    for record in records:
        record.event.ack()
