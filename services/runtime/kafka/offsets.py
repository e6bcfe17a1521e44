"""Detection of skipped offsets. A gap that the log does not explain means that records were skipped silently."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError
from services.outcomes import Stage
from services.runtime.kafka.state_log import StateLog, open_state_log
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

MAX_MARKER_GAP = 1_000
"""Maximum number of consecutive offsets that a topic written in transactions may use for no readable record: a marker
for each transaction and, after an abort, the outputs of that transaction, of which one partition has no more than the
transaction's records. Retention removes whole segments, which are larger."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OffsetGap:
    """The offset that was expected next, and the different one that was received."""

    expected: int
    found: int

    @property
    def is_backwards(self) -> bool:
        """True if the offset is lower than expected: the log was truncated, or the topic was deleted and recreated."""
        return self.found < self.expected


class OffsetFollower:
    """Checker of the offsets of one partition's records, which finds gaps."""

    def __init__(self, expected: int, *, max_gap: int = 0, may_repeat: bool = False) -> None:
        """Start at an offset.

        Args:
            expected: Offset of the first record.
            max_gap: Number of offsets that may be missing in one place without being a gap.
            may_repeat: True if records may be received again, as after a rebalance: a lower offset is no gap then.
        """
        self.expected = expected
        self._max_gap = max_gap
        self._may_repeat = may_repeat

    def follow(self, offset: int) -> OffsetGap | None:
        """Accept the offset of the next record; return the gap before it, if there is one."""
        expected = self.expected
        if offset == expected:
            self.expected = offset + 1
            return None
        if offset < expected:
            return None if self._may_repeat else OffsetGap(expected, offset)
        self.expected = offset + 1
        return OffsetGap(expected, offset) if offset - expected > self._max_gap else None


async def check_gap(
    settings: KafkaSettings,
    partition: TopicPartition,
    gap: OffsetGap,
    *,
    stage: Stage,
    metrics: Metrics,
    retrier: Retrier,
) -> None:
    """Compare a gap with the log, which is read with a separate reader. Raises and reports as `explain_gap` does."""

    async def look() -> tuple[int, int]:
        async with open_state_log(settings, partition) as log:
            return await look_past_gap(log, gap)

    log_start, next_record = await retrier.call("explain a gap", look)
    explain_gap(gap, partition, stage=stage, metrics=metrics, log_start=log_start, next_record=next_record)


async def look_past_gap(log: StateLog, gap: OffsetGap) -> tuple[int, int]:
    """Return the log's first offset, and the offset of its first record at or after the one that was expected.

    The offsets of a transaction's marker and of an aborted transaction have no record. Raises CopydeskError if Kafka
    does not answer or refuses.
    """
    record = await log.find_first(gap.expected)
    return log.begin, record.offset if record is not None else gap.found


def explain_gap(
    gap: OffsetGap,
    partition: TopicPartition,
    *,
    stage: Stage,
    metrics: Metrics,
    log_start: int,
    next_record: int,
    has_committed: bool = True,
) -> None:
    """Compare a gap with the log. Return if no record was skipped; report the records that retention removed.

    Args:
        gap: The gap.
        partition: The partition that was read.
        stage: The stage that read it.
        metrics: The metrics that count a loss.
        log_start: First offset of the log now.
        next_record: Offset of the first record that the log has at or after the expected offset.
        has_committed: False if the group had committed nothing. Records that retention removed are then no loss.

    Raises:
        CopydeskError: The log has records that were skipped, or the offsets went backwards. The process must stop
            without committing; after a restart it reads again from its commit.
    """
    name = f"{partition.topic}-{partition.partition}"
    if gap.is_backwards:
        raise CopydeskError(
            f"{name}: received offset {gap.found} after offset {gap.expected - 1}: the log was truncated, or the topic "
            "was deleted and recreated",
            stage=stage,
        )
    if next_record < gap.found:
        raise CopydeskError(
            f"{name}: received offset {gap.found}, expected {gap.expected}: records from offset {next_record} on were "
            f"skipped (the log starts at {log_start}); a restart reads them again",
            stage=stage,
        )
    if has_committed and gap.expected < log_start:
        report_retention_loss(partition, gap.expected, min(log_start, gap.found), stage=stage, metrics=metrics)
        return
    logger.info(
        "offset_gap_explained",
        stage=stage, topic=partition.topic, partition=partition.partition, expected=gap.expected, found=gap.found,
    )  # fmt: skip


def report_retention_loss(
    partition: TopicPartition, first: int, next_offset: int, *, stage: Stage, metrics: Metrics
) -> None:
    """Count and log the records that retention removed before they were read: from `first` up to `next_offset`."""
    metrics.lost_to_retention.labels(stage).inc(next_offset - first)
    logger.critical(
        "records_lost_to_retention",
        stage=stage, topic=partition.topic, partition=partition.partition, first=first, next=next_offset,
    )  # fmt: skip
