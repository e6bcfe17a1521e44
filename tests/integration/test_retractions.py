"""Retractions on a real Kafka: exactly one event on the enriched topic and on each route of the article."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.headers import RETRACTED_TYPE, RETRACTION_REQUEST_TYPE, find_header
from services.contracts.retraction import RetractionRequest
from services.runtime.kafka.retractions import read_retracted_ids
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.test_match import send
from tests.support.annotated import Sent, build_annotated, pack
from tests.support.kafka_records import open_producer, read_committed_records, read_records
from tests.support.kills import EXTRA_SECONDS, KILLS
from tests.support.stage_processes import StageProcess, run_stage_process
from tests.support.whole_path.launch import write_order

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240 + EXTRA_SECONDS)]

RULES = b"""
version: 1
routes:
  - {name: english, when: {language: en}}
  - {name: german, when: {language: de}}
  - {name: rest, when: {any: [{language: de}, {language: en}]}}
"""
ROUTES = ("english", "german", "rest")


@pytest.fixture
def stages(broker: str, tmp_path: Path) -> Iterator[tuple[StageProcess, Path]]:
    """Run match, with crash points, and sink; yield match and its file of orders.

    match is a static member of its groups, so that it gets its partitions at once after a kill.
    """
    rules, orders = tmp_path / "rules.yaml", tmp_path / "orders"
    rules.write_bytes(RULES)
    launch = ("tests.support.whole_path.launch", str(orders), "services.processor", "match")
    with ExitStack() as stack:
        static = {name_variable("kafka", "instance"): "one"}
        match = stack.enter_context(
            run_stage_process(*launch, bootstrap_servers=broker, log=tmp_path / "match.log", environ=static)
        )
        environ = {name_variable("sink", "rules"): str(rules)}
        stack.enter_context(
            run_stage_process("services.sink", bootstrap_servers=broker, log=tmp_path / "sink.log", environ=environ)
        )
        yield match, orders


def build(number: int, language: str = "en") -> Sent:
    """Build an annotated article with a URL of its own."""
    return pack(build_annotated(number, seed=77, language=language))


async def request(servers: str, **fields: str) -> None:
    """Append a request to retract articles, as ingest does."""
    value = RetractionRequest.model_validate({**fields, "reason": "Withdrawn."}).to_bytes()
    async with open_producer(servers) as producer:
        headers = [("ce_type", RETRACTION_REQUEST_TYPE.encode())]
        await producer.send_and_wait(topics.RETRACTION_REQUESTS, value, headers=headers)


def find_retractions(records: Sequence[ConsumerRecord]) -> Counter[str]:
    """Count the retractions by article."""
    own = [record for record in records if find_header(record.headers, "ce_type") == RETRACTED_TYPE.encode()]
    assert all(set(json.loads(record.value)) == {"id", "reason"} for record in own)
    return Counter(record.key.decode() for record in own)


async def wait_for(servers: str, topic: str, count: int) -> list[ConsumerRecord]:
    """Read a topic until it has `count` records."""
    return await read_records(servers, topic, topics.PARTITIONS, lambda records: len(records) >= count, within=60)


async def test_retractions_arrive_once_where_their_articles_are(broker: str, stages: tuple[StageProcess, Path]) -> None:
    """A retraction is once on each topic of its article, after it, and on no other topic.

    The article and its copies do not come back, an unknown id is retracted too, and a copy of the text is an original.
    """
    english, german, kept = build(1), build(2, "de"), build(3)
    await send(broker, [english, german, kept])
    await wait_for(broker, topics.routed_topic("rest"), 3)

    await request(broker, id=english.id)
    await request(broker, url=str(json.loads(german.value)["article"]["url"]))
    await request(broker, id=german.id)
    await request(broker, id="unknown")

    enriched = await wait_for(broker, topics.ENRICHED, 6)
    assert find_retractions(enriched) == {english.id: 1, german.id: 1, "unknown": 1}
    for sent in (english, german):
        kinds = [find_header(record.headers, "ce_type") for record in enriched if record.key == sent.id.encode()]
        assert kinds[-1] == RETRACTED_TYPE.encode() and len(kinds) == 2
    wanted = {"english": {english.id: 1}, "german": {german.id: 1}, "rest": {english.id: 1, german.id: 1}}
    await wait_for(broker, topics.routed_topic("rest"), 5)
    for route in ROUTES:
        found = find_retractions(await read_committed_records(broker, topics.routed_topic(route), topics.PARTITIONS))
        assert found == wanted[route]
    assert await read_retracted_ids(KafkaSettings(bootstrap_servers=broker)) == {english.id, german.id, "unknown"}

    copy = build_annotated(1, seed=77).model_copy(update={"id": f"{12:032x}"})
    await send(broker, [english, german, pack(copy)])
    enriched = await wait_for(broker, topics.ENRICHED, 7)
    assert len(enriched) == 7
    [again] = [json.loads(record.value) for record in enriched if record.key == copy.id.encode()]
    assert again["duplicate"]["verdict"] == "original"
    assert await read_committed_records(broker, topics.dead_letter_topic(topics.ANNOTATED)) == []


async def test_kills_retract_each_article_once(broker: str, stages: tuple[StageProcess, Path]) -> None:
    """After kills of the resolver and of the shard at every step, each retraction is once on each topic."""
    match, orders = stages
    points = (CrashPoint.DELIVERED, CrashPoint.BETWEEN_OUTPUTS, CrashPoint.INSIDE_TRANSACTION, CrashPoint.COMMITTED)
    killed = [build(100 + number) for number in range(len(points) * KILLS)]
    await send(broker, killed)
    ids = {sent.id for sent in killed}
    route = topics.routed_topic("english")
    await read_records(
        broker, route, topics.PARTITIONS, lambda found: ids <= {record.key.decode() for record in found}, within=60
    )
    for number, sent in enumerate(killed):
        write_order(orders, points[number % len(points)], signal.SIGKILL)
        await request(broker, id=sent.id)
        assert await asyncio.to_thread(match.wait, 60) == -signal.SIGKILL
        match.restart()
    for topic in (topics.ENRICHED, route, topics.routed_topic("rest")):
        records = await read_records(
            broker, topic, topics.PARTITIONS, lambda found: ids <= find_retractions(found).keys(), within=60
        )
        assert {article_id: find_retractions(records)[article_id] for article_id in ids} == dict.fromkeys(ids, 1)
