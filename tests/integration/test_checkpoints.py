"""Lanes on a real broker whose group coordinator names an offset of long ago, or that somebody has reset."""

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
from services.runtime.kafka.producer import Placed, sign
from services.runtime.kafka.producer import send as send_output
from services.runtime.kafka.records import Output
from services.runtime.kafka.topics import create_topics
from services.runtime.lanes.checkpoints import Checkpoints, make_checkpoint
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
    """Sink as a process, a static member of its group, which a restart lets in at once."""
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(RULES)
    environ = {name_variable("kafka", "instance"): "sink-0", name_variable("sink", "rules"): str(rules)}
    with run_stage_process(
        "services.sink", bootstrap_servers=broker, log=tmp_path / "sink.log", environ=environ
    ) as stage:
        yield stage


async def stop(stage: StageProcess) -> None:
    """Stop it, and wait until its group is empty."""
    assert await asyncio.to_thread(stage.stop) == 0
    await asyncio.sleep(SESSION + 1)


async def commit(servers: str, group: str, offset: OffsetAndMetadata) -> None:
    """Put a group's offsets on all partitions to the same one."""
    partitions = [TopicPartition(INPUTS[group], number) for number in range(6)]
    await commit_offsets(servers, group, dict.fromkeys(partitions, offset))


async def route_in_two_transactions(servers: str, sink: StageProcess, seed: int) -> list[Sent]:
    """Events on every partition, routed and committed at two different times; then sink is stopped and its group
    empty.
    """
    events = [build_event(number, seed=seed) for number in range(120)]
    for half in (events[:60], events[60:]):
        await send(servers, half)
        await read_routed(servers, "english", {event.id for event in half})
    await stop(sink)
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
    await commit(broker, "copydesk-sink", sign(0))
    assert await count_after_restart(broker, sink, sent, seed=2) == {1: 180}
    stale = await asyncio.to_thread(sink.wait_for, "committed_offset_is_stale", count=topics.PARTITIONS)
    assert {line["committed"] for line in stale} == {0} and all(line["next"] > 0 for line in stale)
    assert 'copydesk_stale_offsets_total{stage="sink"} 6.0' in sink.fetch("/metrics")[1]


async def test_an_offset_of_long_ago_repeats_no_dead_letter_of_match(broker: str, tmp_path: Path) -> None:
    """Its articles match knows; what it could not read it would bury a second time."""
    letters = topics.dead_letter_topic(topics.ANNOTATED)
    environ = {name_variable("kafka", "instance"): "match-0"}
    with run_stage_process(*MATCH, bootstrap_servers=broker, log=tmp_path / "match.log", environ=environ) as match:
        for number in (1, 2):
            await send_annotated(broker, [Sent("bad", b"{", []), Sent("bad", b"{", [])], partition=0)
            await send_annotated(broker, (sent := build_many(range(20), seed=10 + number)), partition=0)
            await read_enriched(broker, {one.id for one in sent})
        await stop(match)
        await commit(broker, "copydesk-match", sign(0))
        match.restart()
        await send_annotated(broker, (later := build_many(range(20), seed=13)), partition=0)
        await read_enriched(broker, {one.id for one in later})
        [stale] = await asyncio.to_thread(match.wait_for, "committed_offset_is_stale")
        assert (stale["partition"], stale["committed"], stale["next"]) == (0, 0, 44)
        assert not match.events("article_repeated") and not match.events("article_dead_lettered")
    assert len(await read_committed_records(broker, letters)) == 4


async def test_a_reset_counts(broker: str, sink: StageProcess) -> None:
    """As `kafka-consumer-groups --reset-offsets --to-earliest` does it: all is routed again."""
    sent = await route_in_two_transactions(broker, sink, seed=3)
    await commit(broker, "copydesk-sink", OffsetAndMetadata(0, ""))
    assert await count_after_restart(broker, sink, sent, seed=4) == {2: 120, 1: 60}
    assert not sink.events("committed_offset_is_stale")


async def test_the_checkpoints_of_another_log_are_not_believed(broker: str, sink: StageProcess) -> None:
    """The enriched topic was deleted and made anew, and Kafka has forgotten the offsets with it: every event of the new
    one is routed, those below the old checkpoints, which it is longer than, too.
    """
    await route_in_two_transactions(broker, sink, seed=5)
    async with open_admin(KafkaSettings(bootstrap_servers=broker)) as admin:
        await admin.delete_topics([topics.ENRICHED])
    assert await count_after_restart(broker, sink, [], seed=6, more=1200) == {1: 1200}
    assert not sink.events("committed_offset_is_stale")


@pytest.mark.parametrize("aborted", [False, True])
async def test_a_transaction_whose_outputs_are_gone_is_done_again(broker: str, aborted: bool) -> None:
    """Where Kafka dropped the markers of outputs, they are aborted by the next owner, and the checkpoint may not be:
    its own records are worked on again, and none before them.
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
    lane = Checkpoints(settings, "group", source, log.topic, Stage.SINK, Metrics(Stage.SINK))
    placed = [Placed(Output(output.topic, None, b"a"), 0, place.offset)]
    async with open_producer(broker) as producer:
        await (await send_output(producer, lane.build(records, placed)))
    assert await lane.read() == make_checkpoint(records, placed)
    for committed in (None, sign(0), sign(1)):
        assert await lane.correct(committed) == (1 if aborted else 3)
    assert await lane.correct(sign(2)) == (2 if aborted else 3)
    assert await lane.correct(OffsetAndMetadata(0, "")) == 0
