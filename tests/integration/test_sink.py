"""Sink on a real broker: routes, restarts while events wait, invalid records, invalid rules."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.event import Duplicate, EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE
from services.outcomes import Stage
from services.runtime.service.lifecycle import EXIT_CONFIGURATION
from services.runtime.service.settings import name_variable
from tests.support.annotated import Sent, build_annotated, pack
from tests.support.kafka_records import open_producer, read_committed_records, read_records
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

KILLS = int(os.environ.get("LANE_KILLS", "6"))
"""Number of restarts, by kill -9 and SIGTERM in turn."""
RULES = b"""
version: 1
routes:
  - {name: english, when: {language: en}}
  - {name: originals, when: {verdict: original}}
default: rest
"""
VERSION = hashlib.sha256(RULES).hexdigest()[:12].encode()
ROUTES = {"english": ("en",), "rest": ("de",)}


@pytest.fixture
def sink(broker: str, tmp_path: Path) -> Iterator[StageProcess]:
    """Run sink as a process that is a static member of its group."""
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(RULES)
    environ = {name_variable("kafka", "instance"): "sink-0", name_variable("sink", "rules"): str(rules)}
    log = tmp_path / "sink.log"
    with run_stage_process("services.sink", bootstrap_servers=broker, log=log, environ=environ) as stage:
        yield stage


def build_event(number: int, *, seed: int, language: str = "en", verdict: str = "original") -> Sent:
    """Build an enriched event as match writes it."""
    annotated = build_annotated(number, seed=seed, language=language)
    duplicate = (
        Duplicate(verdict="original")
        if verdict == "original"
        else Duplicate(verdict="exact", duplicate_of="0" * 32, similarity=1.0, matched_on="content_hash")
    )
    return pack(EnrichedArticle.from_annotated(annotated, duplicate, None), ENRICHED_TYPE, Stage.MATCH)


async def send(servers: str, events: list[Sent], transactional_id: str = "test-match") -> None:
    """Append events to the enriched topic in one transaction, as match does."""
    async with open_producer(servers, transactional_id) as producer, producer.transaction():
        for event in events:
            await producer.send(topics.ENRICHED, value=event.value, key=event.id.encode(), headers=event.headers)


async def read_routed(servers: str, route: str, ids: set[str], within: float = 60) -> list[ConsumerRecord]:
    """Return the records of these articles on a route's topic when all have arrived."""
    wanted = {one.encode() for one in ids}
    records = await read_records(
        servers,
        topics.routed_topic(route),
        topics.PARTITIONS,
        lambda records: wanted <= {record.key for record in records},
        within=within,
    )
    return [record for record in records if record.key in wanted]


async def test_each_event_is_routed_unchanged(broker: str, sink: StageProcess) -> None:
    """A routed event keeps bytes, key and headers, and gets the route's name; an unmatched one goes to the default."""
    english = build_event(0, seed=1)
    copy = build_event(1, seed=1, language="de", verdict="exact")
    await send(broker, [english, copy])
    for route, event in (("english", english), ("originals", english), ("rest", copy)):
        [record] = await read_routed(broker, route, {event.id})
        assert record.value == event.value
        assert list(record.headers) == [
            *event.headers,
            ("x-copydesk-route", route.encode()),
            ("x-copydesk-rules", VERSION),
        ]
    [routed] = await asyncio.to_thread(sink.wait_for, "article_routed")
    [unmatched] = await asyncio.to_thread(sink.wait_for, "article_unmatched")
    assert (routed["id"], routed["routes"]) == (english.id, ["english", "originals"])
    assert (unmatched["id"], unmatched["routes"]) == (copy.id, ["rest"])
    status, metrics = sink.fetch("/metrics")
    assert status == 200 and 'copydesk_routed_total{topic="news.routed.english.v1"} 1.0' in metrics


async def send_until(stop: asyncio.Event, broker: str, sent: list[Sent], *, seed: int, pause: float) -> None:
    """Send events, 25 at a time, and add them to `sent`, until `stop` is set."""
    while not stop.is_set():
        events = [build_event(number, seed=seed) for number in range(len(sent), len(sent) + 25)]
        await send(broker, events)
        sent.extend(events)
        await asyncio.sleep(pause)


async def test_restarts_route_each_event_once(broker: str, sink: StageProcess) -> None:
    """After kill -9 and SIGTERM while events wait, each event is once on each of its routes, in order."""
    sent: list[Sent] = []
    stop = asyncio.Event()
    loading = asyncio.create_task(send_until(stop, broker, sent, seed=2, pause=0.2))
    rng = random.Random(13)
    for number in range(KILLS):
        await asyncio.to_thread(sink.wait_for, "lane_opened", count=topics.PARTITIONS)
        await asyncio.sleep(rng.uniform(0.0, 0.6))
        sink.signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
        assert await asyncio.to_thread(sink.wait) == (0 if number % 2 else -signal.SIGKILL)
        sink.restart()
    stop.set()
    await loading
    ids = {event.id for event in sent}
    source = await read_committed_records(broker, topics.ENRICHED, topics.PARTITIONS)
    for route in ("english", "originals"):
        records = await read_routed(broker, route, ids)
        assert Counter(record.key.decode() for record in records) == Counter(ids)
        for partition in range(topics.PARTITIONS):
            assert [one.key for one in records if one.partition == partition] == [
                one.key for one in source if one.partition == partition and one.key.decode() in ids
            ]


async def test_bad_events_are_dead_lettered_and_good_ones_routed(broker: str, sink: StageProcess) -> None:
    """An invalid record is on the dead-letter topic with its bytes and its reason; its neighbours are routed."""
    good = build_event(0, seed=3)
    bad = {
        b"json": (b"{", b"invalid_json"),
        b"type": (good.value.replace(b'"verdict":"original"', b'"verdict":"retracted"'), b"invalid_article"),
        b"null": (None, b"tombstone"),
    }
    async with open_producer(broker, "test-match") as producer, producer.transaction():
        for key, (value, _) in bad.items():
            await producer.send(topics.ENRICHED, value=value, key=key)
        await producer.send(topics.ENRICHED, value=good.value, key=good.id.encode(), headers=good.headers)
    assert len(await read_routed(broker, "english", {good.id})) == 1
    letters = await read_records(
        broker, topics.dead_letter_topic(topics.ENRICHED), 1, lambda records: len(records) >= len(bad), within=30
    )
    found = {letter.key: (letter.value, dict(letter.headers)["x-copydesk-reason"]) for letter in letters}
    assert found == bad


async def test_invalid_rules_end_the_start_with_2(broker: str, tmp_path: Path) -> None:
    """With invalid rules, sink exits with 2 before any connection, and names file, line and field."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nroutes:\n  - name: a\n    when: {langauge: en}\n")
    environ = {name_variable("sink", "rules"): str(rules)}
    log = tmp_path / "sink.log"
    with run_stage_process("services.sink", bootstrap_servers="127.0.0.1:1", log=log, environ=environ) as stage:
        assert await asyncio.to_thread(stage.wait) == EXIT_CONFIGURATION
        assert "rules.yaml:4: routes[0].when.langauge: unknown field" in stage.tail()
