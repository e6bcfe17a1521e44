"""Tests of the detection and the explanation of offset gaps."""

from __future__ import annotations

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.errors import CopydeskError
from services.outcomes import Stage
from services.runtime.kafka.offsets import MAX_MARKER_GAP, OffsetFollower, OffsetGap, explain_gap
from services.runtime.service.metrics import Metrics

PARTITION = TopicPartition("input", 3)


def follow(follower: OffsetFollower, *offsets: int) -> list[OffsetGap]:
    """Follow offsets and return the gaps."""
    return [gap for offset in offsets if (gap := follower.follow(offset)) is not None]


def test_consecutive_offsets_have_no_gap() -> None:
    """Consecutive offsets have no gap."""
    follower = OffsetFollower(5)
    assert follow(follower, 5, 6, 7) == []
    assert follower.expected == 8


@pytest.mark.parametrize("offsets", [(6,), (5, 7), (5, 6, 5)])
def test_every_jump_is_a_gap(offsets: tuple[int, ...]) -> None:
    """One missing offset is a gap, at the start or later, and so is an offset that is received again."""
    assert len(follow(OffsetFollower(5), *offsets)) == 1


def test_small_jumps_are_allowed_between_transactions() -> None:
    """A jump up to the allowed size is no gap; a larger one is."""
    follower = OffsetFollower(0, max_gap=MAX_MARKER_GAP)
    assert follow(follower, 0, 2, 6, 7 + MAX_MARKER_GAP) == []
    assert follow(follower, 9 + 2 * MAX_MARKER_GAP) == [OffsetGap(8 + MAX_MARKER_GAP, 9 + 2 * MAX_MARKER_GAP)]


@pytest.mark.parametrize(
    ("start", "offsets", "gaps"),
    [
        (0, [0, 1, 2], []),
        (5, [5, 6], []),
        (0, [1], [OffsetGap(0, 1)]),
        (0, [280], [OffsetGap(0, 280)]),
        (3, [3, 4, 7, 8], [OffsetGap(5, 7)]),
        (10, [2, 3, 10, 11], []),
        (10, [2, 12], [OffsetGap(10, 12)]),
        (0, [0, 1, 2, 1, 2, 3], []),
        (0, [0, 1, 2, 0, 4], [OffsetGap(3, 4)]),
    ],
)
def test_repeated_offsets_are_allowed_on_request(start: int, offsets: list[int], gaps: list[OffsetGap]) -> None:
    """If records may be received again, a lower offset is no gap, and a skipped offset still is one."""
    assert follow(OffsetFollower(start, may_repeat=True), *offsets) == gaps


@given(st.lists(st.integers(0, 50), max_size=60))
def test_no_record_is_skipped_silently(offsets: list[int]) -> None:
    """If no gap is found, every offset from the first to the highest received one was received."""
    if not follow(OffsetFollower(0, may_repeat=True), *offsets):
        assert set(offsets) == set(range(max(offsets, default=-1) + 1))


def explain(gap: OffsetGap, *, log_start: int, next_record: int, has_committed: bool = True) -> tuple[float, list[str]]:
    """Explain a gap; return the number of records reported as lost, and the log events."""
    metrics = Metrics("test")
    with capture_logs() as lines:
        explain_gap(
            gap, PARTITION, stage=Stage.MATCH, metrics=metrics, log_start=log_start, next_record=next_record,
            has_committed=has_committed,
        )  # fmt: skip
    lost = metrics.registry.get_sample_value("copydesk_lost_to_retention_total", {"stage": "match"}) or 0.0
    return lost, [str(line["event"]) for line in lines]


def test_skipped_records_raise_an_error() -> None:
    """A gap over records that the log still has raises an error that names partition and offsets."""
    with pytest.raises(CopydeskError, match="input-3: received offset 9, expected 5: records from offset 7"):
        explain(OffsetGap(5, 9), log_start=7, next_record=7)


def test_lower_offset_raises_an_error() -> None:
    """A lower offset raises an error, because the log was truncated or recreated."""
    with pytest.raises(CopydeskError, match="received offset 0 after offset 8"):
        explain(OffsetGap(9, 0), log_start=0, next_record=0)


@pytest.mark.parametrize("log_start", [9, 20])
def test_records_removed_by_retention_are_reported(log_start: int) -> None:
    """Missing records before the log's start are counted as lost; records that were received are not."""
    assert explain(OffsetGap(5, 9), log_start=log_start, next_record=log_start) == (4.0, ["records_lost_to_retention"])


def test_gap_without_records_is_no_loss() -> None:
    """A gap over offsets that have no record, such as transaction markers, is logged and is no loss."""
    assert explain(OffsetGap(5, 9), log_start=0, next_record=9) == (0.0, ["offset_gap_explained"])


def test_new_group_has_lost_nothing() -> None:
    """Records that retention removed before the group's first read are no loss."""
    assert explain(OffsetGap(0, 9), log_start=9, next_record=9, has_committed=False) == (0.0, ["offset_gap_explained"])
