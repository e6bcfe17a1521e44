"""Lag: ends compared with positions, and the age of what waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from services.outcomes import Stage
from services.runtime.kafka import lag
from services.runtime.kafka.lag import LagPoller
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.source_records import Record

ONE, TWO = TopicPartition("input", 1), TopicPartition("input", 2)


class Log:
    """Stands for the reader: ends of partitions, and one record at each position whose age is known."""

    def __init__(self, ends: dict[TopicPartition, int], ages: dict[TopicPartition, float]) -> None:
        self.ends = ends
        self.ages = ages
        self.sought: dict[TopicPartition, int] = {}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.ends[tp] for tp in partitions}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.sought = {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.sought[partition] = offset

    async def getone(self, *partitions: TopicPartition) -> Record:
        for tp in partitions:
            if tp in self.ages and tp in self.sought:
                stamp = int((time.time() - self.ages[tp]) * 1000)
                return Record(topic=tp.topic, partition=tp.partition, timestamp=stamp)
        await asyncio.Event().wait()
        raise AssertionError


async def poll(log: Log, positions: dict[TopicPartition, int]) -> tuple[Any, Any, Health, Mapping[TopicPartition, int]]:
    """One poll; returns both gauges, health, and what was observed."""
    metrics = Metrics("test")
    health = Health(Stage.MATCH, metrics, stall_after=60)
    seen: list[Mapping[TopicPartition, int]] = []

    async def tell() -> dict[TopicPartition, int]:
        return positions

    poller = LagPoller(
        KafkaSettings(bootstrap_servers="x"), stage=Stage.MATCH, topic="input", positions=tell, metrics=metrics,
        health=health, interval=1, observe=seen.append,
    )  # fmt: skip
    await poller.poll(log)
    labels = {"stage": "match", "topic": "input"}
    sample = metrics.registry.get_sample_value
    return (
        sample("copydesk_consumer_lag_messages", labels),
        sample("copydesk_consumer_lag_seconds", labels),
        health,
        seen[0],
    )


async def test_lag_is_the_sum_and_the_age_the_oldest() -> None:
    """Over the partitions held here, and only those that are behind are looked into."""
    log = Log({ONE: 10, TWO: 7}, {ONE: 30.0, TWO: 90.0})
    messages, seconds, _, observed = await poll(log, {ONE: 6, TWO: 5})
    assert messages == 6 and seconds == pytest.approx(90, abs=1)
    assert observed == {ONE: 4, TWO: 2} and log.sought == {ONE: 6, TWO: 5}


async def test_a_partition_that_gives_no_record_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a marker is all that waits, the age is that of the others."""
    monkeypatch.setattr(lag, "PEEK_WAIT", 0.05)
    messages, seconds, _, _ = await poll(Log({ONE: 10, TWO: 7}, {TWO: 90.0}), {ONE: 9, TWO: 5})
    assert messages == 3 and seconds == pytest.approx(90, abs=1)


async def test_nothing_waits() -> None:
    """At the end, or a marker past it, there is no lag and no age."""
    log = Log({ONE: 10}, {})
    messages, seconds, health, _ = await poll(log, {ONE: 11})
    assert (messages, seconds) == (0, 0) and health.check_live()[0]


async def test_without_partitions_there_is_nothing_to_ask() -> None:
    """A member that was given none has no lag."""
    messages, seconds, _, observed = await poll(Log({}, {}), {})
    assert (messages, seconds, observed) == (0, 0, {})
