"""The member of the archive's consumer group: it reads the raw topic and writes parts of its partitions.

The files decide what is archived, and not the group's offsets: a partition is read from the offset after its last part.
The offsets are committed after that, for the lag that Kafka's tools show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import structlog
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from services.archive.manifest import ArchiveFolder
from services.archive.metrics import ArchiveMetrics
from services.archive.parts import PartitionBuffer, write_files
from services.archive.settings import ArchiveSettings
from services.contracts.topics import RAW, TopicLayout
from services.errors import ConfigurationError, CopydeskError, TransientError
from services.outcomes import Outcome, Stage
from services.runtime.kafka.clients import build_group_consumer, within
from services.runtime.kafka.offsets import (
    MAX_MARKER_GAP,
    OffsetFollower,
    check_gap,
    report_retention_loss,
)
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.retractions import leave_out_retracted, read_retracted_ids
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

POLL_MS = 1_000
"""Maximum milliseconds of a poll."""
CONSUMER = "consumer"
"""Readiness part: true while partitions are assigned."""
MEBIBYTE = 2**20
JOIN_TIMEOUTS = 3
"""Request timeouts that joining the group may take."""

logger = structlog.get_logger()


class Archiver(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of the group, with a buffer for each assigned partition."""

    def __init__(
        self,
        kafka: KafkaSettings,
        settings: ArchiveSettings,
        layout: TopicLayout,
        metrics: ArchiveMetrics,
        health: Health,
    ) -> None:
        """Build the member without connecting."""
        self._kafka = kafka
        self._settings = settings
        self._layout = layout
        self._topic = layout.name(RAW)
        self._metrics = metrics
        self._health = health
        self._folder = ArchiveFolder(settings.folder)
        self._consumer = build_group_consumer(kafka, layout.name(settings.group), client_id="copydesk-archive")
        self._retrier = Retrier(Stage.ARCHIVE, metrics)
        self._buffers: dict[TopicPartition, PartitionBuffer] = {}
        self._followers: dict[TopicPartition, OffsetFollower] = {}
        self._unopened: list[TopicPartition] = []
        """Assigned partitions whose start is not known yet."""
        self.changed = asyncio.Event()
        """Set when the assigned partitions have changed."""
        health.set_ready(CONSUMER, False)

    async def run(self, stopping: Stopping) -> None:
        """Archive until asked to stop; then write what is buffered and leave the group.

        Raises CopydeskError if Kafka or the disk refuses: what is not in a part is read again after a restart.
        """
        self._consumer.subscribe([self._topic], listener=self)
        timeout = self._kafka.request_timeout
        try:
            await within(timeout * JOIN_TIMEOUTS, f"join the group on {self._topic}", self._consumer.start())
            while not stopping.is_set():
                await self._retrier.call("open the partitions", self._open)
                await self._retrier.call("poll", self._poll)
                for source in [source for source, buffer in self._buffers.items() if self._is_due(buffer)]:
                    await self._write(source)
            for source in list(self._buffers):
                await self._write(source)
        finally:
            await within(timeout, "leave the group", self._consumer.stop())

    async def read_positions(self) -> Mapping[TopicPartition, int]:
        """Return the offset of the next record of each assigned partition."""
        return {source: buffer.next_offset for source, buffer in self._buffers.items()}

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Discard the buffers: the next owner reads their records again."""
        self._unopened = []
        self._buffers.clear()
        self._followers.clear()
        self._health.set_ready(CONSUMER, False)
        self._metrics.rebalances.labels(Stage.ARCHIVE).inc()
        logger.info("partitions_revoked", stage=Stage.ARCHIVE, partitions=_number(revoked))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note the partitions. `run` opens them, because aiokafka only logs an exception that is raised here."""
        self._unopened = sorted(assigned)
        logger.info("partitions_assigned", stage=Stage.ARCHIVE, partitions=_number(self._unopened))

    async def _open(self) -> None:
        """Continue each new partition after its last part. Records that were fetched before are dropped by the seek."""
        while self._unopened:
            source = self._unopened[-1]
            start = await self._find_start(source)
            if source not in self._unopened:
                continue
            self._unopened.remove(source)
            self._consumer.seek(source, start)
            self._buffers[source] = PartitionBuffer(source.partition, start)
            self._followers[source] = OffsetFollower(start, max_gap=MAX_MARKER_GAP)
            self._health.set_ready(CONSUMER, not self._unopened)
            self.changed.set()

    async def _find_start(self, source: TopicPartition) -> int:
        """Return the offset after the last part, or the log's start. A loss by retention is reported.

        Raises ConfigurationError if the archive is ahead of the log, which then is another one.
        """
        timeout, name = self._kafka.request_timeout, f"{source.topic}-{source.partition}"
        begins = await within(timeout, "read the log's start", self._consumer.beginning_offsets([source]))
        ends = await within(timeout, "read the log's end", self._consumer.end_offsets([source]))
        archived = await asyncio.to_thread(self._folder.find_next, source.partition)
        if archived is None:
            return int(begins[source])
        if archived > ends[source]:
            raise ConfigurationError(
                f"the archive {self._settings.folder} has the offsets of {name} up to {archived - 1}, and the topic "
                f"ends at {ends[source]}: the topic was created again; give another folder"
            )
        if archived < begins[source]:
            report_retention_loss(source, archived, begins[source], stage=Stage.ARCHIVE, metrics=self._metrics)
        return max(archived, int(begins[source]))

    async def _poll(self) -> None:
        """Read records into the buffers."""
        fetched: Mapping[TopicPartition, Sequence[ConsumedRecord]] = await within(
            self._kafka.request_timeout + POLL_MS / 1_000, "poll", self._consumer.getmany(timeout_ms=POLL_MS)
        )
        for source, records in fetched.items():
            buffer = self._buffers.get(source)
            if buffer is None or not records:
                continue
            for record in records:
                if (gap := self._followers[source].follow(record.offset)) is not None:
                    await check_gap(
                        self._kafka,
                        source,
                        gap,
                        stage=Stage.ARCHIVE,
                        metrics=self._metrics,
                        retrier=self._retrier,
                    )
            buffer.add(records)
        self._health.report_progress()

    def _is_due(self, buffer: PartitionBuffer) -> bool:
        return (
            len(buffer.records) >= self._settings.records
            or buffer.size >= self._settings.megabytes * MEBIBYTE
            or buffer.age >= self._settings.interval
        )

    async def _write(self, source: TopicPartition) -> None:
        """Write the buffer of a partition as a part, and commit its offset."""
        buffer = self._buffers.get(source)
        if buffer is None or buffer.next_offset == buffer.first:
            return
        retracted = await self._retrier.call(
            "read the retractions", partial(read_retracted_ids, self._kafka, self._layout)
        )
        buffer.records = leave_out_retracted(buffer.records, retracted)
        with self._metrics.step_duration.labels(Stage.ARCHIVE, "write").time():
            try:
                manifest = await asyncio.to_thread(write_files, self._folder, buffer)
                await reach(CrashPoint.FILES_WRITTEN)
                await asyncio.to_thread(self._folder.add, manifest)
            except OSError as error:
                raise TransientError(
                    f"cannot write to {self._settings.folder}: {error.strerror or error}", stage=Stage.ARCHIVE
                ) from error
        await reach(CrashPoint.ARCHIVED)
        if self._buffers.get(source) is buffer:
            self._buffers[source] = PartitionBuffer(source.partition, buffer.next_offset)
            await self._commit(source, buffer.next_offset)
        self._metrics.received.labels(Stage.ARCHIVE).inc(len(buffer.records))
        self._metrics.articles.labels(Stage.ARCHIVE, Outcome.ARCHIVED).inc(len(buffer.records))
        self._metrics.archived_bytes.inc(sum(file.bytes for file in manifest.files))
        logger.info(
            "part_archived",
            stage=Stage.ARCHIVE, topic=source.topic, partition=source.partition, first=manifest.first,
            last=manifest.last, records=len(buffer.records), files=len(manifest.files),
        )  # fmt: skip

    async def _commit(self, source: TopicPartition, offset: int) -> None:
        """Commit an offset. A failure is only logged, because the files decide where reading continues."""
        try:
            await within(self._kafka.request_timeout, "commit the offset", self._consumer.commit({source: offset}))
        except CopydeskError as error:
            logger.warning("archive_commit_failed", partition=source.partition, offset=offset, error=str(error))


def _number(partitions: Iterable[TopicPartition]) -> list[int]:
    return sorted(partition.partition for partition in partitions)
