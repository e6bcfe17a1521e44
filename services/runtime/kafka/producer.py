"""One lane's producer: fences the older owner, then writes outputs and the source offset together or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.structs import OffsetAndMetadata, RecordMetadata, TopicPartition

from services.errors import CopydeskError
from services.runtime.kafka.clients import build_producer, within
from services.runtime.kafka.records import OutputRecord
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.settings import KafkaSettings

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """An output, and where the broker put it."""

    output: OutputRecord
    partition: int
    offset: int
    """-1 where the broker has it and did not say where (a batch sent twice)."""


class LaneProducer:
    """A transactional producer for one input partition (KIP-98).

    The transactional id is that of the partition and not of the process: aiokafka commits offsets without the group's
    generation (it knows no KIP-447), so only the id keeps a member that lost the partition from writing.
    """

    def __init__(self, settings: KafkaSettings, group: str, source: TopicPartition, outputs: Sequence[str]) -> None:
        """`outputs` are all topics that the lane may write to."""
        self._settings = settings
        self._group = group
        self._source = source
        self._outputs = outputs
        self.transactional_id = f"{group}-{source.topic}-{source.partition}"
        self._producer: AIOKafkaProducer | None = None

    async def fence(self) -> None:
        """Start: the broker ends an older owner's transaction and refuses all it sends from now on.

        Raises TransientError, after which it may be tried again.
        """
        await self.stop()
        producer = self._producer = build_producer(
            self._settings, client_id=self.transactional_id, transactional_id=self.transactional_id
        )
        await within(self._settings.request_timeout, "start the lane's producer", producer.start())
        await within(self._settings.request_timeout, "end what hangs", self._end_what_hangs(producer))

    async def _end_what_hangs(self, producer: AIOKafkaProducer) -> None:
        """Abort records and offsets of this id that have no marker although their transaction is over.

        A coordinator drops the markers for partitions that have no leader at that moment, as if they were deleted
        (KAFKA-20734; seen on 4.3.1 after its only broker was frozen for some seconds). The commit is acknowledged, its
        records stay open and the offset stays where it was: the next owner repeats the work, and its commit shows both.
        A transaction of our own that registers every partition and aborts is a marker for them.
        """
        await producer.begin_transaction()
        for topic in self._outputs:
            for number in await producer.partitions_for(topic):
                producer._txn_manager.maybe_add_partition_to_txn(TopicPartition(topic, number))
        # Which offset is of no matter: it is aborted.
        await producer.send_offsets_to_transaction({self._source: 0}, self._group)
        await producer.abort_transaction()

    async def write(
        self,
        outputs: Sequence[OutputRecord],
        next_offset: int,
        sum_up: Callable[[Sequence[WrittenRecord]], OutputRecord],
    ) -> list[WrittenRecord]:
        """Commit one transaction: the outputs, and that the source is worked on up to `next_offset`.

        Returns the outputs with their places; what `sum_up` makes of these is written as the transaction's last record.

        Any exception means that this process must not go on: it is fenced, or nobody knows what became of the
        transaction; the next owner finds out.
        """
        producer = self._producer
        assert producer is not None, "fence() comes first"
        async with asyncio.timeout(self._settings.request_timeout):
            await producer.begin_transaction()
            placed = await self._deliver(producer, outputs, next_offset)
            await (await send(producer, sum_up(placed)))
            await reach(CrashPoint.INSIDE_TRANSACTION)
            await producer.commit_transaction()
        await reach(CrashPoint.COMMITTED)
        return placed

    async def _deliver(
        self, producer: AIOKafkaProducer, outputs: Sequence[OutputRecord], next_offset: int
    ) -> list[WrittenRecord]:
        """Outputs and offset at the same time; returns when the broker has acknowledged all of them."""
        deliveries = []
        for output in outputs:
            deliveries.append(await send(producer, output))
            await reach(CrashPoint.BETWEEN_OUTPUTS)
        offsets = {self._source: sign_offset(next_offset)}
        committing = asyncio.ensure_future(producer.send_offsets_to_transaction(offsets, self._group))
        _, *placed = await asyncio.gather(committing, *deliveries)
        return [
            WrittenRecord(output, place.partition, place.offset) for output, place in zip(outputs, placed, strict=True)
        ]

    async def stop(self) -> None:
        """Close the connections; a second call does nothing. What the broker says to it no longer matters."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await within(self._settings.request_timeout, "stop the lane's producer", producer.stop())
        except CopydeskError as error:
            logger.warning("lane_producer_stop_failed", transactional_id=self.transactional_id, error=str(error))


def sign_offset(offset: int) -> OffsetAndMetadata:
    """An offset as lanes commit it. Kafka's tools commit a reset without metadata, or leave another offset's there."""
    return OffsetAndMetadata(offset, f"copydesk:{offset}")


async def send(producer: AIOKafkaProducer, output: OutputRecord) -> Awaitable[RecordMetadata]:
    """Hand one record to the client; the future ends when the broker has it."""
    headers = list(output.headers)
    if output.key is None and output.value is None:
        # aiokafka's send() refuses a record that has neither; a batch built by hand takes it.
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=output.timestamp_ms, headers=headers)
        return await producer.send_batch(batch, output.topic, partition=output.partition or 0)  # type: ignore[no-any-return]
    return await producer.send(  # type: ignore[no-any-return]
        output.topic,
        key=output.key,
        value=output.value,
        partition=output.partition,
        timestamp_ms=output.timestamp_ms,
        headers=headers,
    )
