"""Checkpoints: a lane's own record of how far it came, for when Kafka names an offset of long ago.

A lane believes what its group has committed, with one exception. A group coordinator that loads its partition twice at
once may serve offsets that it served before (docs/delivery.md has the case): such an offset carries our signature and
lies before what the last transaction committed, which an operator's reset does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from pydantic import ValidationError

from services.contracts.checkpoint import Checkpoint, Place
from services.outcomes import Stage
from services.runtime.kafka.clients import within
from services.runtime.kafka.producer import Placed, sign
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.kafka.state_log import Mark, StateLog, open_state_log
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings

TAIL = 64
"""Offsets at the end of the log that are looked at first. Every transaction of the lane leaves a checkpoint there, so
that more is read only where other groups write many."""
TAIL_GROWTH = 16

logger = structlog.get_logger()


def is_doubtful(committed: OffsetAndMetadata | None, checkpoint: Checkpoint) -> bool:
    """Whether Kafka seems to have forgotten the commit of the checkpoint's transaction, and those before it."""
    if committed is None:
        return True
    is_ours: bool = committed == sign(committed.offset)
    return is_ours and committed.offset <= checkpoint.last


def make_checkpoint(records: Sequence[SourceRecord], placed: Sequence[Placed]) -> Checkpoint:
    """That of a transaction which worked on these records and wrote these outputs."""
    last = records[-1]
    ends = {(one.output.topic, one.partition): one.offset for one in placed if one.offset >= 0}
    return Checkpoint(
        first=records[0].offset,
        last=last.offset,
        timestamp=last.timestamp,
        digest=_digest(last),
        outputs=tuple(Place(topic=topic, partition=number, offset=end) for (topic, number), end in ends.items()),
    )


class Checkpoints:
    """Those of one lane."""

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        source: TopicPartition,
        topic: str,
        stage: Stage,
        metrics: Metrics,
    ) -> None:
        """`source` is the input; `topic`, partitioned as that, holds the checkpoints."""
        self._settings = settings
        self._group = group
        self._source = source
        self._log = TopicPartition(topic, source.partition)
        self._stage = stage
        self._metrics = metrics

    def build(self, records: Sequence[SourceRecord], placed: Sequence[Placed]) -> Output:
        """The record of `make_checkpoint`, the last one of its transaction."""
        value = make_checkpoint(records, placed).to_bytes()
        return Output(self._log.topic, self._key, value, partition=self._log.partition)

    async def correct(self, committed: OffsetAndMetadata | None) -> int | None:
        """The offset to go on from: the committed one, or what the checkpoint says where Kafka has forgotten it.

        Call it when the partition is fenced. None where there is neither. Raises TransientError.
        """
        offset: int | None = committed.offset if committed is not None else None
        checkpoint = await self.read()
        if checkpoint is None or not is_doubtful(committed, checkpoint) or not await self._is_of_input(checkpoint):
            return offset
        known = checkpoint.last + 1 if await self._is_complete(checkpoint) else checkpoint.first
        if offset is not None and known <= offset:
            return offset
        self._metrics.stale_offsets.labels(self._stage).inc()
        logger.critical(
            "committed_offset_is_stale",
            stage=self._stage, topic=self._source.topic, partition=self._source.partition, committed=offset, next=known,
        )  # fmt: skip
        return known

    async def read(self) -> Checkpoint | None:
        """The last one that is committed; None where there is none that can be read. Raises TransientError."""
        async with open_state_log(self._settings, self._log) as log:
            width = TAIL
            while True:
                start = max(log.begin, log.end - width)
                if (value := await self._find_last(log, start)) is not None:
                    return self._parse(value)
                if start == log.begin:
                    return None
                width *= TAIL_GROWTH

    async def _is_of_input(self, checkpoint: Checkpoint) -> bool:
        """Whether the input is the log that the checkpoint speaks of."""
        async with open_state_log(self._settings, self._source) as log:
            last = await log.find(checkpoint.last)
        known = (checkpoint.last, checkpoint.timestamp, checkpoint.digest)
        return last is not None and known == (last.offset, last.timestamp, _digest(last))

    async def _is_complete(self, checkpoint: Checkpoint) -> bool:
        """Whether all that the transaction wrote can be seen.

        Where Kafka dropped markers (KAFKA-20734), those of outputs may be among them: these are aborted by now, and
        have to be written again, by the records from the first one of the transaction on.
        """
        for place in checkpoint.outputs:
            async with open_state_log(self._settings, TopicPartition(place.topic, place.partition)) as log:
                # What retention has removed was there.
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
            logger.warning("checkpoint_unreadable", topic=self._log.topic, value=value[:200], error=str(error))
            return None

    @property
    def _key(self) -> bytes:
        return self._group.encode()


def _digest(record: SourceRecord) -> str:
    return Mark.of(record.offset, record.key, record.value).digest


async def read_committed(
    consumer: AIOKafkaConsumer, partition: TopicPartition, timeout: float
) -> OffsetAndMetadata | None:
    """What the consumer's group has committed, with its metadata, which aiokafka's own `committed` leaves out.

    Raises TransientError after `timeout` seconds.
    """
    found: dict[TopicPartition, OffsetAndMetadata] = await within(
        timeout, "read the offset", consumer._coordinator.fetch_committed_offsets([partition])
    )
    committed = found.get(partition)
    return committed if committed is not None and committed.offset >= 0 else None
