"""Lag: the number of waiting records, and the age of the oldest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Set
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from services.outcomes import Stage
from services.runtime.kafka import lag
from services.runtime.kafka.lag import LagPoller, LagTarget
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.source_records import Record

ONE, TWO = TopicPartition("input", 1), TopicPartition("input", 2)


class FakeReader:
    """A reader of partitions with given ends, and with one record of a given age in some of them.

    In the partitions of `markers` it finds that only the marker of a transaction is left.
    """

    def __init__(
        self,
        ends: dict[TopicPartition, int],
        ages: dict[TopicPartition, float],
        *,
        markers: Set[TopicPartition] = frozenset(),
    ) -> None:
        self.ends = ends
        self.ages = ages
        self.markers = markers
        self.positions: dict[TopicPartition, int] = {}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the end of each partition."""
        return {tp: self.ends[tp] for tp in partitions}

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Forget the positions."""
        self.positions = {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Remember the position."""
        self.positions[partition] = offset

    async def position(self, partition: TopicPartition) -> int:
        """Return the offset of the next record, which a marker moves to the end."""
        return self.ends[partition] if partition in self.markers else self.positions[partition]

    async def getone(self, *partitions: TopicPartition) -> Record:
        """Return the record of the first partition that has one, or wait for ever."""
        for tp in partitions:
            if tp in self.ages and tp in self.positions:
                stamp = int((time.time() - self.ages[tp]) * 1000)
                return Record(topic=tp.topic, partition=tp.partition, timestamp=stamp)
        await asyncio.Event().wait()
        raise AssertionError


async def poll(
    reader: FakeReader, positions: dict[TopicPartition, int]
) -> tuple[Any, Any, Health, Mapping[TopicPartition, int]]:
    """Poll once; return the two gauges, the health, and the observed numbers of waiting records."""
    metrics = Metrics("test")
    health = Health(Stage.MATCH, metrics, stall_after=60)
    observed: list[Mapping[TopicPartition, int]] = []

    async def read_positions() -> dict[TopicPartition, int]:
        return positions

    target = LagTarget(Stage.MATCH, "input", read_positions)
    settings = KafkaSettings(bootstrap_servers="x")
    await LagPoller(settings, target, metrics, health, interval=1, observe=observed.append).poll(reader)
    labels = {"stage": "match", "topic": "input"}
    sample = metrics.registry.get_sample_value
    return (
        sample("copydesk_consumer_lag_messages", labels),
        sample("copydesk_consumer_lag_seconds", labels),
        health,
        observed[0],
    )


async def test_lag_is_the_sum_and_the_age_the_oldest() -> None:
    """The lag is summed over the assigned partitions, and its age is the age of the oldest waiting record."""
    reader = FakeReader({ONE: 10, TWO: 7}, {ONE: 30.0, TWO: 90.0})
    messages, seconds, _, observed = await poll(reader, {ONE: 6, TWO: 5})
    assert messages == 6 and seconds == pytest.approx(90, abs=1)
    assert observed == {ONE: 4, TWO: 2} and reader.positions == {ONE: 6, TWO: 5}


async def test_a_partition_without_a_record_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a record cannot be read in time, it still waits, and the age comes from the other partitions."""
    monkeypatch.setattr(lag, "PEEK_WAIT", 0.05)
    messages, seconds, _, _ = await poll(FakeReader({ONE: 10, TWO: 7}, {TWO: 90.0}), {ONE: 9, TWO: 5})
    assert messages == 3 and seconds == pytest.approx(90, abs=1)


async def test_the_marker_of_a_transaction_is_no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partition in which only the marker of a transaction follows the last commit has no waiting record."""
    monkeypatch.setattr(lag, "PEEK_WAIT", 0.05)
    reader = FakeReader({ONE: 10, TWO: 7}, {TWO: 90.0}, markers={ONE})
    messages, _, _, observed = await poll(reader, {ONE: 9, TWO: 5})
    assert messages == 2 and observed == {ONE: 0, TWO: 2}


async def test_a_position_at_the_end_is_no_lag() -> None:
    """At the end of a partition, or a marker past it, the lag and its age are 0."""
    messages, seconds, health, _ = await poll(FakeReader({ONE: 10}, {}), {ONE: 11})
    assert (messages, seconds) == (0, 0) and health.check_live()[0]


async def test_a_member_without_partitions_has_no_lag() -> None:
    """A member to which no partition is assigned has no lag."""
    messages, seconds, _, observed = await poll(FakeReader({}, {}), {})
    assert (messages, seconds, observed) == (0, 0, {})
