"""The running faust app: its one agent, what happens at a rebalance, and its stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import faust
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.outcomes import Stage
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.settings import AnnotateServiceSettings
from services.processor.annotate.stream.batch_reader import BatchReader
from services.processor.annotate.stream.faust_app import RawBytesSchema, get_consumer
from services.processor.annotate.stream.offsets import OffsetChecker
from services.processor.annotate.stream.stuck import StuckPartitionDetector
from services.runtime.kafka.lag import read_committed_positions
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping, stop_immediately

CONSUMER = "consumer"
"""Readiness part: true while partitions are assigned and no rebalance runs."""

ReadBatch = Callable[[], Awaitable[list[RawRecord]]]
"""Function that returns the next batch, which is empty at the end of the stream."""

logger = structlog.get_logger()


class ArticleStream:
    """The raw topic as one member of annotate's consumer group reads it."""

    def __init__(
        self,
        app: faust.App,
        settings: AnnotateServiceSettings,
        *,
        admin: AIOKafkaAdminClient,
        offset_checker: OffsetChecker,
        stuck_detector: StuckPartitionDetector,
        metrics: AnnotateMetrics,
        health: Health,
        halt: Callable[[str], None] = stop_immediately,
    ) -> None:
        """Prepare the stream; `settings.annotate.group` is the group's name on the cluster.

        `halt` ends the process immediately, with nothing committed.
        """
        self._app = app
        self._settings = settings
        self._topic = settings.topics.layout.name(topics.RAW)
        self._admin = admin
        self._offset_checker = offset_checker
        self._stuck_detector = stuck_detector
        self._metrics = metrics
        self._health = health
        self._halt = halt
        self._assigned: list[TopicPartition] = []
        self.changed = asyncio.Event()
        """Set after each rebalance: the assigned partitions may be others."""

    async def run(self, work: Callable[[ReadBatch], Awaitable[None]], stopping: Stopping) -> None:
        """Let `work` read batches until asked to stop; then finish the batch in flight, commit and leave the group.

        A crash of faust ends the process immediately.
        """
        self._register(work)
        starting = asyncio.create_task(self._app.start(), name="faust")
        stop_requested = asyncio.create_task(stopping.wait())
        crashed = asyncio.create_task(self._app._crashed.wait())
        try:
            await asyncio.wait({starting, stop_requested, crashed}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                await asyncio.wait({stop_requested, crashed}, return_when=asyncio.FIRST_COMPLETED)
            if crashed.done() and not stop_requested.done():
                reason = self._app.crash_reason
                self._halt(f"faust crashed: {type(reason).__name__}: {reason}")
            self._health.set_ready(CONSUMER, False)
            await self._app.stop()
        finally:
            for task in (stop_requested, crashed, starting):
                task.cancel()

    async def read_positions(self) -> Mapping[TopicPartition, int]:
        """Read the committed offset of each assigned partition."""
        annotate = self._settings.annotate
        return await read_committed_positions(self._admin, self._settings.kafka, annotate.group, list(self._assigned))

    def check_waiting(self, waiting: Mapping[TopicPartition, int]) -> None:
        """End the process when an assigned partition has records waiting and is not read any more."""
        assigned = {source.partition: count for source, count in waiting.items() if source in self._assigned}
        if stuck := self._stuck_detector.find_stuck(assigned):
            self._halt(f"partitions {sorted(stuck)} have records waiting and are not worked on")

    def _register(self, work: Callable[[ReadBatch], Awaitable[None]]) -> None:
        """Connect the agent and the callbacks to the app, which must not have started."""
        annotate = self._settings.annotate
        source = self._app.topic(self._topic, schema=RawBytesSchema(), internal=False)

        @self._app.agent(source, name="annotate")
        async def annotate_stream(stream: Any) -> None:
            reader = BatchReader(
                self._app,
                stream.channel.queue,
                size=annotate.batch_articles,
                window=annotate.batch_window,
                batch_bytes=annotate.max_record_bytes,
            )
            get_consumer(self._app).reader = reader
            await work(reader.read)

        self._app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        self._app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        self._app.on_rebalance_complete.connect(self._on_rebalanced, weak=False)

    async def _on_revoked(self, *arguments: Any, **_: Any) -> None:
        """Forget the partitions; faust has committed the batches in flight before it calls this."""
        self._health.set_ready(CONSUMER, False)
        self._metrics.rebalances.labels(Stage.ANNOTATE).inc()
        self._forget_partitions()
        logger.info("partitions_revoked", stage=Stage.ANNOTATE, partitions=self._number(arguments[1]))

    async def _on_assigned(self, *arguments: Any, **_: Any) -> None:
        self._forget_partitions()
        numbers = self._number(arguments[1])
        self._assigned = [TopicPartition(self._topic, number) for number in numbers]
        logger.info("partitions_assigned", stage=Stage.ANNOTATE, partitions=numbers)

    async def _on_rebalanced(self, *_: Any, **__: Any) -> None:
        self._health.set_ready(CONSUMER, True)
        self.changed.set()

    def _forget_partitions(self) -> None:
        self._assigned = []
        self._offset_checker.forget()
        self._stuck_detector.forget()

    def _number(self, partitions: Iterable[Any]) -> list[int]:
        return sorted(partition.partition for partition in partitions if partition.topic == self._topic)
