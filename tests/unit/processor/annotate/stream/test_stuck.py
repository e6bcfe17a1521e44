"""Tests of the detection of stuck partitions."""

from __future__ import annotations

import pytest

from services.processor.annotate.stream.stuck import StuckPartitionDetector
from tests.support.clock import Clock


@pytest.fixture
def detector(clock: Clock) -> StuckPartitionDetector:
    """Build a detector with a manual clock."""
    return StuckPartitionDetector(stall_after=60, enough_elsewhere=100, clock=clock)


def test_partition_without_any_progress_is_stuck(detector: StuckPartitionDetector, clock: Clock) -> None:
    """A partition with waiting records is stuck after the stall time if nothing at all was processed."""
    assert detector.find_stuck({0: 5}) == set()
    clock.now = 59
    assert detector.find_stuck({0: 5}) == set()
    clock.now = 60
    assert detector.find_stuck({0: 5}) == {0}


def test_slow_batch_is_not_stuck(detector: StuckPartitionDetector, clock: Clock) -> None:
    """No partition is stuck while articles of the batch are finished, however long the whole batch takes."""
    detector.find_stuck({0: 5})
    for now in (50, 100, 150):
        clock.now = now
        detector.record_activity()
        assert detector.find_stuck({0: 5}) == set()
    clock.now = 210
    assert detector.find_stuck({0: 5}) == {0}


def test_partition_is_stuck_while_others_progress(detector: StuckPartitionDetector, clock: Clock) -> None:
    """A waiting partition is stuck after many records of others; after a few it may be waiting for its turn."""
    detector.find_stuck({0: 5, 1: 500})
    clock.now = 61
    detector.record_progress(1, 50)
    assert detector.find_stuck({0: 5, 1: 500}) == set()
    detector.record_progress(1, 50)
    assert detector.find_stuck({0: 5, 1: 500}) == {0}


def test_progress_restarts_the_stall_time(detector: StuckPartitionDetector, clock: Clock) -> None:
    """A partition that makes progress, or that has no waiting records, is not stuck, and its stall time restarts."""
    detector.find_stuck({0: 5, 1: 0})
    clock.now = 50
    detector.record_progress(0, 1)
    assert detector.find_stuck({0: 4, 1: 0}) == set()
    clock.now = 100
    assert detector.find_stuck({0: 4, 1: 0}) == set()
    clock.now = 110
    assert detector.find_stuck({0: 4, 1: 3}) == {0}
    detector.forget()
    assert detector.find_stuck({0: 4, 1: 3}) == set()
