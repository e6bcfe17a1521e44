"""The producer of one lane: it fences older owners, and writes outputs and source offset in one transaction."""

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
    """An output record, and the place at which the broker stored it."""

    output: OutputRecord
    partition: int
    offset: int
    """Offset in the partition; -1 if the broker did not return it, because the batch had arrived before (a retry)."""


class LaneProducer:
    """A transactional producer for one input partition (KIP-98).

    The transactional id belongs to the partition and not to the process: aiokafka commits offsets without the group's
    generation (it does not implement KIP-447), so only the id keeps a member that lost the partition from writing.
    """

    def __init__(
        self, settings: KafkaSettings, group: str, source: TopicPartition, list_outputs: Callable[[], Sequence[str]]
    ) -> None:
        """Build the producer without connecting.

        Args:
            settings: Settings of the connection.
            group: Consumer group whose offset is committed; the first part of the transactional id.
            source: Input partition.
            list_outputs: Function that lists all topics that the lane may write to.
        """
        self._settings = settings
        self._group = group
        self._source = source
        self._list_outputs = list_outputs
        self.transactional_id = f"{group}-{source.topic}-{source.partition}"
        self._producer: AIOKafkaProducer | None = None

    async def fence(self) -> None:
        """Connect. The broker aborts the transaction of an older owner and refuses all its later writes.

        Raises CopydeskError. After a TransientError the call can be repeated.
        """
        await self.stop()
        producer = self._producer = build_producer(
            self._settings, client_id=self.transactional_id, transactional_id=self.transactional_id
        )
        timeout, name = self._settings.request_timeout, self.transactional_id
        await within(timeout, f"start the producer {name}", producer.start())
        await within(timeout, f"end open transactions of {name}", self._end_open_transactions(producer))

    async def _end_open_transactions(self, producer: AIOKafkaProducer) -> None:
        """Abort records and offsets of this id that have no marker although their transaction has ended.

        A coordinator drops the markers for partitions that have no leader at that moment, as if the partitions had been
        deleted (KAFKA-20734; seen on 4.3.1 after its only broker was frozen for some seconds). The commit is
        acknowledged, but its records stay open and the committed offset does not move. The next owner then repeats the
        work, and its own commit makes both copies visible. A transaction of our own that registers every partition and
        aborts writes a marker to each of them.
        """
        await producer.begin_transaction()
        for topic in self._list_outputs():
            for number in await producer.partitions_for(topic):
                producer._txn_manager.maybe_add_partition_to_txn(TopicPartition(topic, number))
        # Any offset will do, because the transaction is aborted.
        await producer.send_offsets_to_transaction({self._source: 0}, self._group)
        await producer.abort_transaction()

    async def write(
        self,
        outputs: Sequence[OutputRecord],
        next_offset: int,
        build_checkpoint: Callable[[Sequence[WrittenRecord]], OutputRecord],
    ) -> list[WrittenRecord]:
        """Commit one transaction, with the outputs and the source offset, and return the outputs with their places.

        The last record of the transaction is built by `build_checkpoint` from the written outputs.

        After any exception the process must stop: it is fenced, or it is not known whether the transaction was
        committed. The next owner finds out.

        Args:
            outputs: Records to write.
            next_offset: Offset in the source up to which all records are processed.
            build_checkpoint: Function that returns the last record of the transaction.
        """
        producer = self._producer
        assert producer is not None, "call fence() before write()"
        async with asyncio.timeout(self._settings.request_timeout):
            await producer.begin_transaction()
            written = await self._deliver(producer, outputs, next_offset)
            await (await send(producer, build_checkpoint(written)))
            await reach(CrashPoint.INSIDE_TRANSACTION)
            await producer.commit_transaction()
        await reach(CrashPoint.COMMITTED)
        return written

    async def _deliver(
        self, producer: AIOKafkaProducer, outputs: Sequence[OutputRecord], next_offset: int
    ) -> list[WrittenRecord]:
        """Send the outputs and the offset at the same time, and wait until the broker has acknowledged all of them."""
        deliveries = []
        for output in outputs:
            deliveries.append(await send(producer, output))
            await reach(CrashPoint.BETWEEN_OUTPUTS)
        offsets = {self._source: sign_offset(next_offset)}
        committing = asyncio.ensure_future(producer.send_offsets_to_transaction(offsets, self._group))
        _, *places = await asyncio.gather(committing, *deliveries)
        return [
            WrittenRecord(output, place.partition, place.offset) for output, place in zip(outputs, places, strict=True)
        ]

    async def stop(self) -> None:
        """Close the connections; a second call does nothing. An error is only logged, since nothing is lost by it."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await within(self._settings.request_timeout, f"stop the producer {self.transactional_id}", producer.stop())
        except CopydeskError as error:
            logger.warning("lane_producer_stop_failed", transactional_id=self.transactional_id, error=str(error))


def sign_offset(offset: int) -> OffsetAndMetadata:
    """Return an offset with the metadata by which a lane recognises a commit of its own.

    Kafka's tools commit a reset without metadata, or keep the metadata of another offset.
    """
    return OffsetAndMetadata(offset, f"copydesk:{offset}")


async def send(producer: AIOKafkaProducer, output: OutputRecord) -> Awaitable[RecordMetadata]:
    """Give one record to the client; the returned future is done when the broker has stored the record."""
    headers = list(output.headers)
    if output.key is None and output.value is None:
        # aiokafka's send() refuses a record without key and value; a batch built by hand may contain one.
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
