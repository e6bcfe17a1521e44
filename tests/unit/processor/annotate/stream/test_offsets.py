"""Which offsets were passed by, and which partitions do not move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.processor.annotate.stream.offsets import Movement, Offsets
from services.runtime.kafka.offsets import Gap
from tests.support.clock import Clock


@pytest.mark.parametrize(
    ("begin", "offsets", "gaps"),
    [
        (0, [0, 1, 2], []),
        (5, [5, 6], []),
        (0, [1], [Gap(0, 1)]),
        (0, [280], [Gap(0, 280)]),
        (3, [3, 4, 7, 8], [Gap(5, 7)]),
        (10, [2, 3, 10, 11], []),
        (10, [2, 12], [Gap(10, 12)]),
        (0, [0, 1, 2, 1, 2, 3], []),
        (0, [0, 1, 2, 0, 4], [Gap(3, 4)]),
    ],
)
def test_gaps(begin: int, offsets: list[int], gaps: list[Gap]) -> None:
    """A record that comes before one that is due makes a gap; one that comes again does not."""
    followed = Offsets()
    followed.begin(1, begin)
    assert [gap for offset in offsets if (gap := followed.follow(1, offset))] == gaps


def test_partitions_apart() -> None:
    """Each partition has its own offsets, and what was forgotten must be begun again."""
    followed = Offsets()
    assert followed.unknown([1, 2, 2]) == {1, 2}
    followed.begin(1, 7)
    followed.begin(2, 0)
    assert followed.unknown([1, 2, 3]) == {3}
    assert followed.follow(2, 0) is None
    assert followed.follow(1, 7) is None
    followed.forget()
    assert followed.unknown([1]) == {1}


@given(st.lists(st.integers(0, 50), max_size=60))
def test_no_silent_loss(offsets: list[int]) -> None:
    """Without a gap reported, every offset from the first due to the last that came was there."""
    followed = Offsets()
    followed.begin(0, 0)
    if not any(followed.follow(0, offset) for offset in offsets):
        assert set(offsets) == set(range(max(offsets, default=-1) + 1))


@pytest.fixture
def movement(clock: Clock) -> Movement:
    return Movement(stall_after=60, enough_elsewhere=100, clock=clock)


def test_stands_still(movement: Movement, clock: Clock) -> None:
    """Where records wait and nothing at all is worked on, the partition is stuck after the time."""
    assert movement.find_stuck({0: 5}) == set()
    clock.now = 59
    assert movement.find_stuck({0: 5}) == set()
    clock.now = 60
    assert movement.find_stuck({0: 5}) == {0}


def test_a_slow_batch_gets_on(movement: Movement, clock: Clock) -> None:
    """While articles of a batch come to their results nothing is stuck, however long the batch takes as a whole."""
    movement.find_stuck({0: 5})
    for now in (50, 100, 150):
        clock.now = now
        movement.lives()
        assert movement.find_stuck({0: 5}) == set()
    clock.now = 210
    assert movement.find_stuck({0: 5}) == {0}


def test_one_of_two_stands_still(movement: Movement, clock: Clock) -> None:
    """A partition that waits while many records of others are worked on is stuck; after few it may be their turn."""
    movement.find_stuck({0: 5, 1: 500})
    clock.now = 61
    movement.moved(1, 50)
    assert movement.find_stuck({0: 5, 1: 500}) == set()
    movement.moved(1, 50)
    assert movement.find_stuck({0: 5, 1: 500}) == {0}


def test_moves(movement: Movement, clock: Clock) -> None:
    """A partition that moves, or where nothing waits, is not stuck, and its time begins anew."""
    movement.find_stuck({0: 5, 1: 0})
    clock.now = 50
    movement.moved(0, 1)
    assert movement.find_stuck({0: 4, 1: 0}) == set()
    clock.now = 100
    assert movement.find_stuck({0: 4, 1: 0}) == set()
    clock.now = 110
    assert movement.find_stuck({0: 4, 1: 3}) == {0}
    movement.forget()
    assert movement.find_stuck({0: 4, 1: 3}) == set()
