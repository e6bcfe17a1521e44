"""Tests of lanes on a real broker that returns a stale committed offset, or one that an operator has reset."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from services.contracts import topics
from services.outcomes import Stage
from services.runtime.kafka.producer import WrittenRecord, sign_offset
from services.runtime.kafka.producer import send as send_output
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.topics import create_topics
from services.runtime.lanes.checkpoints import CheckpointLog, build_checkpoint
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.test_match import MATCH, read_enriched
from tests.integration.test_match import send as send_annotated
from tests.integration.test_sink import build_event, read_routed, send
from tests.support.annotated import Sent, build_many
from tests.support.kafka_records import commit_offsets, open_admin, open_producer, read_committed_records, send_values
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

RULES = b"""
version: 1
routes:
  - {name: english, when: {language: en}}
"""
INPUTS = {"copydesk-match": topics.ANNOTATED, "copydesk-sink": topics.ENRICHED}
SESSION = 6.0
"""Seconds after which the group of a static member that has left is empty: `run_stage_process` sets it."""


@pytest.fixture
def sink(broker: str, tmp_path: Path) -> Iterator[StageProcess]:
    """Run sink as a process. It is a static member of its group, which can join again at once after a restart."""
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(RULES)
    environ = {name_variable("kafka", "instance"): "sink-0", name_variable("sink", "rules"): str(rules)}
    with run_stage_process(
        "services.sink", bootstrap_servers=broker, log=tmp_path / "sink.log", environ=environ
    ) as stage:
        yield stage


async def stop(stage: StageProcess) -> None:
    """Stop a stage and wait until its group is empty."""
    assert await asyncio.to_thread(stage.stop) == 0
    await asyncio.sleep(SESSION + 1)


async def commit(servers: str, group: str, offset: OffsetAndMetadata) -> None:
    """Set the offsets of a group on all partitions to the same one."""
    partitions = [TopicPartition(INPUTS[group], number) for number in range(6)]
    await commit_offsets(servers, group, dict.fromkeys(partitions, offset))


async def route_in_two_transactions(servers: str, sink: StageProcess, seed: int) -> list[Sent]:
    """Route events on every partition in two transactions, then stop sink and wait until its group is empty."""
    events = [build_event(number, seed=seed) for number in range(120)]
    for half in (events[:60], events[60:]):
        await send(servers, half)
        await read_routed(servers, "english", {event.id for event in half})
    await stop(sink)
    return events


async def count_after_restart(
    servers: str, sink: StageProcess, sent: list[Sent], *, seed: int, more: int = 60
) -> Counter[int]:
    """Restart sink, route `more` events, and return how many events are on the route how often."""
    sink.restart()
    await asyncio.to_thread(sink.wait_for, "partitions_assigned")
    later = [build_event(number, seed=seed) for number in range(more)]
    await send(servers, later)
    ids = {event.id for event in (*sent, *later)}
    records = await read_routed(servers, "english", ids)
    return Counter(Counter(record.key for record in records).values())


async def test_stale_offset_routes_nothing_again(broker: str, sink: StageProcess) -> None:
    """A lane's own commit that is many transactions old is corrected, logged and counted."""
    sent = await route_in_two_transactions(broker, sink, seed=1)
    await commit(broker, "copydesk-sink", sign_offset(0))
    assert await count_after_restart(broker, sink, sent, seed=2) == {1: 180}
    stale = await asyncio.to_thread(sink.wait_for, "stale_offset_corrected", count=topics.PARTITIONS)
    assert {line["committed"] for line in stale} == {0} and all(line["next"] > 0 for line in stale)
    assert 'copydesk_stale_offsets_total{stage="sink"} 6.0' in sink.fetch("/metrics")[1]


async def test_stale_offset_repeats_no_dead_letter_of_match(broker: str, tmp_path: Path) -> None:
    """A stale offset of match repeats neither an article nor a dead letter."""
    letters = topics.dead_letter_topic(topics.ANNOTATED)
    environ = {name_variable("kafka", "instance"): "match-0"}
    with run_stage_process(*MATCH, bootstrap_servers=broker, log=tmp_path / "match.log", environ=environ) as match:
        for number in (1, 2):
            await send_annotated(broker, [Sent("bad", b"{", []), Sent("bad", b"{", [])], partition=0)
            await send_annotated(broker, (sent := build_many(range(20), seed=10 + number)), partition=0)
            await read_enriched(broker, {one.id for one in sent})
        await stop(match)
        await commit(broker, "copydesk-match", sign_offset(0))
        match.restart()
        await send_annotated(broker, (later := build_many(range(20), seed=13)), partition=0)
        await read_enriched(broker, {one.id for one in later})
        [stale] = await asyncio.to_thread(match.wait_for, "stale_offset_corrected")
        assert (stale["partition"], stale["committed"], stale["next"]) == (0, 0, 44)
        assert not match.events("article_repeated") and not match.events("article_dead_lettered")
    assert len(await read_committed_records(broker, letters)) == 4


async def test_reset_offset_is_used(broker: str, sink: StageProcess) -> None:
    """After `kafka-consumer-groups --reset-offsets --to-earliest`, all events are routed again."""
    sent = await route_in_two_transactions(broker, sink, seed=3)
    await commit(broker, "copydesk-sink", OffsetAndMetadata(0, ""))
    assert await count_after_restart(broker, sink, sent, seed=4) == {2: 120, 1: 60}
    assert not sink.events("stale_offset_corrected")


async def test_checkpoints_of_a_deleted_log_are_ignored(broker: str, sink: StageProcess) -> None:
    """After the enriched topic is deleted and recreated, every event of the new topic is routed.

    Kafka deletes the committed offsets with the topic. The new topic is longer than the old checkpoints' offsets.
    """
    await route_in_two_transactions(broker, sink, seed=5)
    async with open_admin(KafkaSettings(bootstrap_servers=broker)) as admin:
        await admin.delete_topics([topics.ENRICHED])
    assert await count_after_restart(broker, sink, [], seed=6, more=1200) == {1: 1200}
    assert not sink.events("stale_offset_corrected")


@pytest.mark.parametrize("aborted", [False, True])
async def test_transaction_with_missing_outputs_is_repeated(broker: str, aborted: bool) -> None:
    """If outputs of the last transaction are aborted, its records are processed again, and no earlier ones.

    This happens if Kafka dropped the markers of outputs: the next owner aborts them, and the checkpoint may stay.
    """
    settings = KafkaSettings(bootstrap_servers=broker)
    source, output, log = (TopicPartition(f"{kind}-{uuid4().hex[:8]}", 0) for kind in ("in", "out", "checkpoints"))
    await create_topics(settings, [topics.Topic(one.topic, 1) for one in (source, output, log)])
    await send_values(broker, source.topic, [b"before", b"a", b"b"])
    records = (await read_committed_records(broker, source.topic))[1:]
    async with open_producer(broker, output.topic) as producer:
        await producer.begin_transaction()
        place = await producer.send_and_wait(output.topic, b"a", partition=0)
        await (producer.abort_transaction() if aborted else producer.commit_transaction())
    checkpoints = CheckpointLog(
        settings, "group", source, topic=log.topic, stage=Stage.SINK, metrics=Metrics(Stage.SINK)
    )
    placed = [WrittenRecord(OutputRecord(output.topic, None, b"a"), 0, place.offset)]
    async with open_producer(broker) as producer:
        await (await send_output(producer, checkpoints.build_record(records, placed)))
    assert await checkpoints.read_last() == build_checkpoint(records, placed)
    for committed in (None, sign_offset(0), sign_offset(1)):
        assert await checkpoints.correct_offset(committed) == (1 if aborted else 3)
    assert await checkpoints.correct_offset(sign_offset(2)) == (2 if aborted else 3)
    assert await checkpoints.correct_offset(OffsetAndMetadata(0, "")) == 0
