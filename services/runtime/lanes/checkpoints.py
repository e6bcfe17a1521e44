"""Checkpoints: a lane's own record of the offsets it has processed, for the case that Kafka returns a stale offset.

A lane starts at the offset that its group has committed, with one exception. A group coordinator that loads its
partition twice at the same time may return offsets that it returned long before (docs/delivery.md describes the case).
Such an offset has our signature and is lower than what the last transaction committed. An offset that an operator has
reset has no signature.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from pydantic import ValidationError

from services.contracts.state.checkpoint import Checkpoint, OutputPosition
from services.outcomes import Stage
from services.runtime.kafka.clients import within
from services.runtime.kafka.producer import WrittenRecord, sign_offset
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.state_log import RecordFingerprint, StateLog, open_state_log
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings

TAIL = 64
"""Number of offsets at the end of the log that are read first. Every transaction of the lane ends with a checkpoint, so
that more offsets are read only if other groups write many checkpoints."""
TAIL_GROWTH = 16
"""Factor by which the number of offsets grows until a checkpoint is found."""
LOGGED_VALUE_BYTES = 200
"""Maximum bytes of an invalid checkpoint in the log."""

logger = structlog.get_logger()


def is_stale(committed: OffsetAndMetadata | None, checkpoint: Checkpoint) -> bool:
    """Return True if Kafka seems to have forgotten the commit of the checkpoint's transaction."""
    if committed is None:
        return True
    is_signed: bool = committed == sign_offset(committed.offset)
    return is_signed and committed.offset <= checkpoint.last


def build_checkpoint(records: Sequence[ConsumedRecord], placed: Sequence[WrittenRecord]) -> Checkpoint:
    """Build the checkpoint of a transaction that processed the records and wrote the outputs."""
    last = records[-1]
    ends = {(one.output.topic, one.partition): one.offset for one in placed if one.offset >= 0}
    return Checkpoint(
        first=records[0].offset,
        last=last.offset,
        timestamp=last.timestamp,
        digest=_compute_digest(last),
        outputs=tuple(
            OutputPosition(topic=topic, partition=number, offset=end) for (topic, number), end in ends.items()
        ),
    )


class CheckpointLog:
    """The checkpoints of one lane, on one partition of the checkpoint topic."""

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        source: TopicPartition,
        *,
        topic: str,
        stage: Stage,
        metrics: Metrics,
    ) -> None:
        """Prepare reading and writing.

        Args:
            settings: Settings of the connection.
            group: Consumer group of the stage; the key of its checkpoints.
            source: Input partition of the lane.
            topic: Checkpoint topic, which has the same partitions as the input.
            stage: Stage of the lane.
            metrics: Metrics that count stale offsets.
        """
        self._settings = settings
        self._group = group
        self._source = source
        self._partition = TopicPartition(topic, source.partition)
        self._stage = stage
        self._metrics = metrics

    def build_record(self, records: Sequence[ConsumedRecord], placed: Sequence[WrittenRecord]) -> OutputRecord:
        """Build the last record of a transaction: its checkpoint (see `build_checkpoint`)."""
        value = build_checkpoint(records, placed).to_bytes()
        return OutputRecord(self._partition.topic, self._key, value, partition=self._partition.partition)

    async def correct_offset(self, committed: OffsetAndMetadata | None) -> int | None:
        """Return the offset to start from: the committed one, or a later one that the checkpoint proves.

        Call it when the earlier owners of the partition are fenced. Returns None if there is neither a commit nor a
        checkpoint. Raises TransientError if Kafka does not answer.
        """
        offset: int | None = committed.offset if committed is not None else None
        checkpoint = await self.read_last()
        if checkpoint is None or not is_stale(committed, checkpoint) or not await self._is_of_input(checkpoint):
            return offset
        proven = checkpoint.last + 1 if await self._is_complete(checkpoint) else checkpoint.first
        if offset is not None and proven <= offset:
            return offset
        self._metrics.stale_offsets.labels(self._stage).inc()
        logger.critical(
            "stale_offset_corrected",
            stage=self._stage, topic=self._source.topic, partition=self._source.partition, committed=offset,
            next=proven,
        )  # fmt: skip
        return proven

    async def read_last(self) -> Checkpoint | None:
        """Read the last committed checkpoint. Returns None if there is none, or if it is invalid.

        Raises TransientError if Kafka does not answer.
        """
        async with open_state_log(self._settings, self._partition) as log:
            width = TAIL
            while True:
                start = max(log.begin, log.end - width)
                if (value := await self._find_last(log, start)) is not None:
                    return self._parse(value)
                if start == log.begin:
                    return None
                width *= TAIL_GROWTH

    async def _is_of_input(self, checkpoint: Checkpoint) -> bool:
        """Return True if the checkpoint belongs to the input log, and not to one that was deleted and recreated."""
        async with open_state_log(self._settings, self._source) as log:
            last = await log.find(checkpoint.last)
        expected = (checkpoint.last, checkpoint.timestamp, checkpoint.digest)
        return last is not None and expected == (last.offset, last.timestamp, _compute_digest(last))

    async def _is_complete(self, checkpoint: Checkpoint) -> bool:
        """Return True if all outputs of the transaction are visible.

        If Kafka dropped transaction markers (KAFKA-20734), the markers of outputs may be among them. These outputs are
        aborted by now and must be written again, from the transaction's first record on.
        """
        for place in checkpoint.outputs:
            async with open_state_log(self._settings, TopicPartition(place.topic, place.partition)) as log:
                # An output that retention has removed was visible before.
                if place.offset >= log.begin and await log.find(place.offset) is None:
                    return False
        return True

    async def _find_last(self, log: StateLog, start: int) -> bytes | None:
        last = None
        async for records in log.stream(start):
            for record in records:
                if record.key == self._key:
                    last = record.value
        return last

    def _parse(self, value: bytes) -> Checkpoint | None:
        try:
            return Checkpoint.model_validate_json(value)
        except ValidationError as error:
            logger.warning(
                "checkpoint_rejected",
                stage=self._stage, topic=self._partition.topic, partition=self._partition.partition,
                value=value[:LOGGED_VALUE_BYTES], error=str(error),
            )  # fmt: skip
            return None

    @property
    def _key(self) -> bytes:
        return self._group.encode()


def _compute_digest(record: ConsumedRecord) -> str:
    return RecordFingerprint.of(record.offset, record.key, record.value).digest


async def read_committed(
    consumer: AIOKafkaConsumer, partition: TopicPartition, timeout: float
) -> OffsetAndMetadata | None:
    """Read the offset that the consumer's group has committed, with its metadata.

    aiokafka's own `committed` returns no metadata. Returns None if nothing is committed. Raises TransientError after
    `timeout` seconds.
    """
    found: dict[TopicPartition, OffsetAndMetadata] = await within(
        timeout, "read the committed offset", consumer._coordinator.fetch_committed_offsets([partition])
    )
    committed = found.get(partition)
    return committed if committed is not None and committed.offset >= 0 else None
