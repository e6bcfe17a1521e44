"""Which jumps in the offsets want an explanation."""

from __future__ import annotations

import pytest

from services.runtime.kafka.offsets import MARKER_GAP, Continuity, Gap
from tests.support.source_records import Record


def follow(continuity: Continuity, *offsets: int) -> list[Gap]:
    return continuity.follow([Record(offset=offset) for offset in offsets])


def test_neighbours_are_no_gap() -> None:
    """Offsets that follow each other, over several polls, are fine."""
    continuity = Continuity(5, is_transactional=False)
    assert follow(continuity, 5, 6) == follow(continuity, 7) == []
    assert continuity.expected == 8


@pytest.mark.parametrize("offsets", [(6,), (5, 7), (5, 6, 5)])
def test_every_jump_of_a_continuous_input_counts(offsets: tuple[int, ...]) -> None:
    """One missing offset is a gap, at the start or within a poll, and so is one that comes again."""
    assert len(follow(Continuity(5, is_transactional=False), *offsets)) == 1


def test_markers_are_no_gap_and_a_removed_segment_is() -> None:
    """Of a transactional input small jumps pass; what is larger than an aborted transaction does not."""
    continuity = Continuity(0, is_transactional=True)
    assert follow(continuity, 0, 2, 6) == []
    assert follow(continuity, 7 + MARKER_GAP, 8 + 2 * MARKER_GAP + 1) == [Gap(8 + MARKER_GAP, 9 + 2 * MARKER_GAP)]


def test_going_back_is_a_gap_of_any_input() -> None:
    """An offset seen before means that the log was made anew."""
    [gap] = follow(Continuity(9, is_transactional=True), 0)
    assert gap.is_backwards and not gap.is_explained_by(100)


def test_retention_explains_what_it_removed() -> None:
    """A gap is explained when the log starts behind what was expected."""
    assert Gap(5, 9).is_explained_by(9)
    assert not Gap(5, 9).is_explained_by(5)
