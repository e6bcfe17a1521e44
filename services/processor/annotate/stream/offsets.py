"""Check that no record is skipped: faust can skip fetched records if a broker fails during a rebalance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError
from services.outcomes import Stage
from services.runtime.kafka.lag import read_committed_positions
from services.runtime.kafka.offsets import OffsetFollower, OffsetGap, explain_gap, look_past_gap
from services.runtime.kafka.state_log import LogReader
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings


class OffsetChecker:
    """Checker of the offsets of the assigned partitions, which compares each gap with the log.

    A record may be received again after a rebalance. A gap is no error if its offsets belong to transaction markers or
    to records that retention removed.
    """

    def __init__(
        self, kafka: KafkaSettings, *, group: str, topic: str, admin: AIOKafkaAdminClient, metrics: Metrics
    ) -> None:
        self._kafka = kafka
        self._group = group
        self._topic = topic
        self._admin = admin
        self._metrics = metrics
        self._retrier = Retrier(Stage.ANNOTATE, metrics)
        # Each transaction on the raw topic leaves a gap, so that the reader stays connected.
        self._reader = LogReader(kafka)
        self._followers: dict[int, OffsetFollower] = {}

    def forget(self) -> None:
        """Forget all partitions, because they were revoked: they may be assigned again with a later commit."""
        self._followers.clear()

    async def close(self) -> None:
        """Close the connections of the reader that explains gaps."""
        await self._reader.close()

    async def check(self, records: Iterable[tuple[int, int]]) -> None:
        """Check records, given as partition and offset, in the order in which they were received.

        Raises CopydeskError if a record was skipped: the process must stop without committing. Raises TransientError
        if Kafka does not answer.
        """
        checked = list(records)
        new = {partition for partition, _ in checked} - self._followers.keys()
        if new:
            starts = await self._retrier.call("read the committed offsets", lambda: self._read_starts(new))
            for number, start in starts.items():
                self._followers[number] = OffsetFollower(start, may_repeat=True)
        for number, offset in checked:
            if (gap := self._followers[number].follow(offset)) is not None:
                await self._retrier.call("explain a gap", partial(self._explain, number, gap))

    async def _read_starts(self, partitions: set[int]) -> Mapping[int, int]:
        """Return each partition's committed offset, or 0 if nothing is committed."""
        assigned = [TopicPartition(self._topic, number) for number in sorted(partitions)]
        positions = await read_committed_positions(self._admin, self._kafka, self._group, assigned)
        return {partition.partition: position for partition, position in positions.items()}

    async def _explain(self, number: int, gap: OffsetGap) -> None:
        partition = TopicPartition(self._topic, number)
        try:
            log_start, next_record = await look_past_gap(await self._reader.open(partition), gap)
        except CopydeskError:
            await self.close()
            raise
        explain_gap(
            gap, partition, stage=Stage.ANNOTATE, metrics=self._metrics, log_start=log_start, next_record=next_record,
            has_committed=gap.expected > 0,
        )  # fmt: skip
