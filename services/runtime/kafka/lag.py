"""Measurement of lag by a separate poll, which also shows the lag of a consumer that hangs.

A consumer that hangs does not update the figures that it reports itself. Only records that a read_committed consumer
gets are lag: a marker, a record of an aborted transaction or one after an open transaction cannot be worked on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

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
"""Bytes to fetch from a partition to learn the timestamp of one record. A larger record arrives too, alone (KIP-74)."""
PEEK_WAIT = 1.0
"""Seconds to wait for the records whose timestamps give the age of the lag."""

Positions = Mapping[TopicPartition, int]
"""The offset of the next unprocessed record, for each assigned partition."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LagTarget:
    """The work whose lag is measured: a stage that reads the assigned partitions of one topic."""

    stage: Stage
    topic: str
    """Plain name of the topic, which is the label of the metrics."""
    read_positions: Callable[[], Awaitable[Positions]]
    """Function that returns the position of each assigned partition. It may raise CopydeskError."""
    each_partition: bool = True
    """True if a partition that does not advance is a stall even while other partitions advance."""


class LagPoller:
    """Poller that compares the ends of the assigned partitions with the positions of the work, every few seconds.

    It sets the lag gauges and gives health the numbers of waiting records.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        target: LagTarget,
        metrics: Metrics,
        health: Health,
        *,
        interval: float,
        observe: Callable[[Mapping[TopicPartition, int]], None] | None = None,
        changed: asyncio.Event | None = None,
    ) -> None:
        """Build the poller without connecting.

        Args:
            settings: Settings of the connection.
            target: The work to measure.
            metrics: Metrics of the process.
            health: Health of the process.
            interval: Seconds between two polls.
            observe: Function that is called with the number of waiting records of each partition.
            changed: Event that makes the next poll start immediately.
        """
        self._settings = settings
        self._target = target
        self._metrics = metrics
        self._health = health
        self._interval = interval
        self._observe = observe
        self._changed = changed if changed is not None else asyncio.Event()
        self._passed: dict[TopicPartition, int] = {}
        """For each partition, an offset before which no record waits although the committed offset is lower."""

    async def run(self) -> None:
        """Poll until cancelled. A failed poll is logged, and the gauges keep their last values."""
        reader = build_reader(
            self._settings,
            client_id=f"copydesk-{self._target.stage}-lag",
            partition_bytes=PEEK_BYTES,
        )
        is_started = False
        try:
            while True:
                reached = False
                try:
                    if not is_started:
                        await within(self._settings.request_timeout, "start the lag poll", reader.start())
                        is_started = True
                    await self.poll(reader)
                    reached = True
                except CopydeskError as error:
                    logger.warning(
                        "lag_poll_failed", stage=self._target.stage, topic=self._target.topic, error=str(error)
                    )
                self._health.report_lag_poll(reached=reached)
                await self._pause()
        finally:
            with contextlib.suppress(CopydeskError):
                await within(self._settings.request_timeout, "stop the lag poll", reader.stop())

    async def poll(self, reader: AIOKafkaConsumer) -> None:
        """Poll once. Raises CopydeskError when Kafka does not answer or refuses."""
        positions = await self._target.read_positions()
        starts = {tp: max(position, self._passed.get(tp, 0)) for tp, position in positions.items()}
        waiting: dict[TopicPartition, int] = {}
        ends: dict[TopicPartition, int] = {}
        if positions:
            ends = await within(self._settings.request_timeout, "read end offsets", reader.end_offsets(list(positions)))
            waiting = {tp: max(0, ends[tp] - start) for tp, start in starts.items()}
        behind = {tp: starts[tp] for tp, records in waiting.items() if records}
        age, unread = await self._measure_age(reader, behind) if behind else (0.0, set[TopicPartition]())
        for tp in unread:
            # A committed offset moves past no marker and no aborted record, the reader's position does.
            reached = await within(self._settings.request_timeout, "read the position", reader.position(tp))
            self._passed[tp] = reached
            waiting[tp] = max(0, ends[tp] - reached)
        self._report(positions, waiting, age)

    def _report(self, positions: Positions, waiting: Mapping[TopicPartition, int], age: float) -> None:
        stage, total = self._target.stage, sum(waiting.values())
        self._metrics.lag_messages.labels(stage, self._target.topic).set(total)
        self._metrics.lag_seconds.labels(stage, self._target.topic).set(age)
        self._metrics.lag_observed.labels(stage).set_to_current_time()
        self._metrics.partitions.labels(stage).set(len(positions))
        self._health.observe_lag(total)
        if self._target.each_partition:
            self._health.observe_positions(positions, waiting)
        if self._observe is not None:
            self._observe(waiting)

    async def _measure_age(self, reader: AIOKafkaConsumer, behind: Positions) -> tuple[float, set[TopicPartition]]:
        """Return the seconds since the oldest unprocessed record was written, or 0 if none was read in time.

        Also return the partitions from which none was read.
        """
        reader.assign(list(behind))
        for tp, offset in behind.items():
            reader.seek(tp, offset)
        timestamps: list[int] = []
        unread = set(behind)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PEEK_WAIT):
                while unread:
                    # One record at a time: a batch holds thousands, and decoding it costs more than the poll itself.
                    peek = within(self._settings.request_timeout, "peek at a record", reader.getone(*unread))
                    record = await peek
                    timestamps.append(record.timestamp)
                    unread.discard(TopicPartition(record.topic, record.partition))
        known = [timestamp for timestamp in timestamps if timestamp > 0]
        return max(0.0, time.time() - min(known) / 1000) if known else 0.0, unread

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
    """Return the offset that a group has committed in each partition, or 0 where it has committed none.

    Raises CopydeskError when Kafka does not answer or refuses.
    """
    if not partitions:
        return {}
    offsets = await within(
        settings.request_timeout,
        "read committed offsets",
        admin.list_consumer_group_offsets(group, partitions=partitions),
    )
    return {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in partitions}
