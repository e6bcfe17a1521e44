"""Records of several partitions in the order of their arrival."""

from __future__ import annotations

from collections.abc import AsyncIterator

from services.cli.replay.sources import Span, merge, start_at
from tests.support.source_records import Record


async def stream(partition: int, *timestamps: int) -> AsyncIterator[Record]:
    """Yield the records of one partition."""
    for offset, timestamp in enumerate(timestamps):
        yield Record(partition=partition, offset=offset, timestamp=timestamp)


async def test_partitions_are_merged_by_time() -> None:
    """Records come in the order of their timestamps; those with the same one by their partition."""
    found = [(r.timestamp, r.partition) async for r in merge([stream(0, 1, 4, 6), stream(1, 2, 4), stream(2)])]
    assert found == [(1, 0), (2, 1), (4, 0), (4, 1), (6, 0)]


async def test_a_clock_that_goes_back_loses_nothing() -> None:
    """The records of a partition keep their order, and all of them come, if a clock went back."""
    found = [(r.partition, r.offset) async for r in merge([stream(0, 9, 1, 2), stream(1, 5, 10)])]
    assert found == [(1, 0), (0, 0), (0, 1), (0, 2), (1, 1)]
    assert [r async for r in merge([])] == []


def test_positions_shorten_the_spans() -> None:
    """A span begins where an earlier call ended, and never before its own start."""
    spans = [Span(0, 5, 10), Span(1, 5, None)]
    assert start_at(spans, {0: 7, 1: 2}) == [Span(0, 7, 10), Span(1, 5, None)]
