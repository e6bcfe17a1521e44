"""Lag from an end-offset poll of its own: it shows a consumer that hangs, which that consumer's own figures hide."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError
from services.outcomes import Stage
from services.runtime.kafka.clients import build_reader, within
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings

PEEK_BYTES = 4_096
"""Of a partition, to learn the timestamp of one record; a larger record still comes, alone (KIP-74)."""
PEEK_WAIT = 1.0
"""Seconds to wait for those records."""

Positions = Mapping[TopicPartition, int]
"""The offset of the next record to be worked on, of each partition held here."""

logger = structlog.get_logger()


class LagPoller:
    """Compares the ends of the partitions held here with how far the work has come, every few seconds.

    Sets the lag gauges, tells health how many records wait, and calls `observe` with the records that wait in each
    partition. Polls at once when `changed` is set.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        stage: Stage,
        topic: str,
        positions: Callable[[], Awaitable[Positions]],
        metrics: Metrics,
        health: Health,
        interval: float,
        observe: Callable[[Mapping[TopicPartition, int]], None] | None = None,
        changed: asyncio.Event | None = None,
        each_partition: bool = True,
    ) -> None:
        """`each_partition`: whether one that stands still is a stall although others move."""
        self._settings = settings
        self._stage = stage
        self._topic = topic
        self._positions = positions
        self._metrics = metrics
        self._health = health
        self._interval = interval
        self._observe = observe
        self._each_partition = each_partition
        self._changed = changed if changed is not None else asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled. A poll that fails is logged, and the gauges keep their last values."""
        reader = build_reader(
            self._settings,
            client_id=f"copydesk-{self._stage}-lag",
            isolation_level="read_uncommitted",
            partition_bytes=PEEK_BYTES,
        )
        started = False
        try:
            while True:
                reached = False
                try:
                    if not started:
                        await within(self._settings.request_timeout, "start the lag poll", reader.start())
                        started = True
                    await self.poll(reader)
                    reached = True
                except CopydeskError as error:
                    logger.warning("lag_poll_failed", error=str(error))
                self._health.report_lag_poll(reached=reached)
                await self._pause()
        finally:
            with contextlib.suppress(CopydeskError):
                await within(self._settings.request_timeout, "stop the lag poll", reader.stop())

    async def poll(self, reader: AIOKafkaConsumer) -> None:
        """Poll once."""
        positions = await self._positions()
        waiting: dict[TopicPartition, int] = {}
        if positions:
            ends = await within(self._settings.request_timeout, "read end offsets", reader.end_offsets(list(positions)))
            waiting = {tp: max(0, ends[tp] - position) for tp, position in positions.items()}
        behind = {tp: positions[tp] for tp, messages in waiting.items() if messages}
        age = await self._measure_age(reader, behind) if behind else 0.0
        total = sum(waiting.values())
        self._metrics.lag_messages.labels(self._stage, self._topic).set(total)
        self._metrics.lag_seconds.labels(self._stage, self._topic).set(age)
        self._metrics.lag_observed.labels(self._stage).set_to_current_time()
        self._metrics.partitions.labels(self._stage).set(len(positions))
        self._health.observe_lag(total)
        if self._each_partition:
            self._health.observe_positions(positions, waiting)
        if self._observe is not None:
            self._observe(waiting)

    async def _measure_age(self, reader: AIOKafkaConsumer, behind: Positions) -> float:
        """Seconds since the oldest of the next records was written; 0 when none could be read in time."""
        reader.assign(list(behind))
        for tp, offset in behind.items():
            reader.seek(tp, offset)
        timestamps: list[int] = []
        unread = set(behind)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PEEK_WAIT):
                while unread:
                    # One record at a time: a batch holds thousands, and taking them apart costs more than the work.
                    peek = within(self._settings.request_timeout, "peek at a record", reader.getone(*unread))
                    record = await peek
                    timestamps.append(record.timestamp)
                    unread.discard(TopicPartition(record.topic, record.partition))
        known = [timestamp for timestamp in timestamps if timestamp > 0]
        return max(0.0, time.time() - min(known) / 1000) if known else 0.0

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._interval):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()


async def read_committed_positions(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, group: str, partitions: list[TopicPartition]
) -> dict[TopicPartition, int]:
    """How far a group has committed, for `LagPoller`; 0 where it has committed nothing."""
    if not partitions:
        return {}
    offsets = await within(
        settings.request_timeout,
        "read committed offsets",
        admin.list_consumer_group_offsets(group, partitions=partitions),
    )
    return {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in partitions}
