"""sink on a real broker whose group coordinator names an offset of long ago, or that somebody has reset."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from services.contracts import topics
from services.runtime.checkpoints import sign
from services.runtime.settings import KafkaSettings, name_variable
from tests.integration.annotated import Sent
from tests.integration.records import open_admin
from tests.integration.stages import StageProcess, run_stage_process
from tests.integration.test_sink import build_event, read_routed, send

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

GROUP = "copydesk-sink"
RULES = b"""
version: 1
routes:
  - {name: english, when: {language: en}}
"""
PARTITIONS = [TopicPartition(topics.ENRICHED, number) for number in range(topics.PARTITIONS)]


@pytest.fixture
def sink(broker: str, tmp_path: Path) -> Iterator[StageProcess]:
    """sink as a process, a static member of its group, which a restart lets in at once."""
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(RULES)
    environ = {name_variable("kafka", "instance"): "sink-0", name_variable("sink", "rules"): str(rules)}
    with run_stage_process(
        "services.sink", bootstrap_servers=broker, log=tmp_path / "sink.log", environ=environ
    ) as stage:
        yield stage


async def commit(servers: str, offset: OffsetAndMetadata) -> None:
    """Put the group's offsets to what they would be; the group has no member."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(PARTITIONS)
        await consumer.commit(dict.fromkeys(PARTITIONS, offset))
    finally:
        await consumer.stop()


async def route_in_two_transactions(servers: str, sink: StageProcess, seed: int) -> list[Sent]:
    """Events on every partition, routed and committed at two different times; then sink is stopped and its group
    empty."""
    events = [build_event(number, seed=seed) for number in range(120)]
    for half in (events[:60], events[60:]):
        await send(servers, half)
        await read_routed(servers, "english", {event.id for event in half})
    assert await asyncio.to_thread(sink.stop) == 0
    # A static member that leaves stays in its group until its session is over.
    await asyncio.sleep(7)
    return events


async def count_after_restart(
    servers: str, sink: StageProcess, sent: list[Sent], *, seed: int, more: int = 60
) -> Counter[int]:
    """How many of the events are how often on the route, when sink has worked on `more` of them."""
    sink.restart()
    await asyncio.to_thread(sink.wait_for, "partitions_assigned")
    later = [build_event(number, seed=seed) for number in range(more)]
    await send(servers, later)
    ids = {event.id for event in (*sent, *later)}
    records = await read_routed(servers, "english", ids)
    return Counter(Counter(record.key for record in records).values())


async def test_an_offset_of_long_ago_routes_nothing_again(broker: str, sink: StageProcess) -> None:
    """As a coordinator serves it: a lane's own commit, many transactions old. It is told and counted."""
    sent = await route_in_two_transactions(broker, sink, seed=1)
    await commit(broker, sign(0))
    assert await count_after_restart(broker, sink, sent, seed=2) == {1: 180}
    stale = await asyncio.to_thread(sink.wait_for, "committed_offset_is_stale", count=topics.PARTITIONS)
    assert {line["committed"] for line in stale} == {0} and all(line["next"] > 0 for line in stale)
    assert 'copydesk_stale_offsets_total{stage="sink"} 6.0' in sink.fetch("/metrics")[1]


async def test_a_reset_counts(broker: str, sink: StageProcess) -> None:
    """As `kafka-consumer-groups --reset-offsets --to-earliest` does it: all is routed again."""
    sent = await route_in_two_transactions(broker, sink, seed=3)
    await commit(broker, OffsetAndMetadata(0, ""))
    assert await count_after_restart(broker, sink, sent, seed=4) == {2: 120, 1: 60}
    assert not sink.events("committed_offset_is_stale")


async def test_the_checkpoints_of_another_log_are_not_believed(broker: str, sink: StageProcess) -> None:
    """The enriched topic was deleted and made anew, and Kafka has forgotten the offsets with it: every event of the new
    one is routed, those below the old checkpoints, which it is longer than, too."""
    await route_in_two_transactions(broker, sink, seed=5)
    async with open_admin(KafkaSettings(bootstrap_servers=broker)) as admin:
        await admin.delete_topics([topics.ENRICHED])
    assert await count_after_restart(broker, sink, [], seed=6, more=1200) == {1: 1200}
    assert not sink.events("committed_offset_is_stale")
