"""Reload of the routing rules on a real broker: new topics, wrong files, and kills while the rules change."""

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
from services.contracts.event import EnrichedArticle
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.test_sink import build_event, read_routed, send, send_until
from tests.support.annotated import Sent
from tests.support.kafka_records import open_admin, read_committed_records
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

KILLS = int(os.environ.get("RELOAD_KILLS", "6"))
"""Number of kills while the rules change."""


def write_rules(path: Path, *routes: str) -> str:
    """Replace the rules file by one with some routes; return its version."""
    content = f"version: 1\nroutes: [{', '.join(routes)}]\n".encode()
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)
    return hashlib.sha256(content).hexdigest()[:12]


def route_all(name: str, options: str = "") -> str:
    """Return a route to which every event goes, as YAML."""
    return f"{{name: {name}, when: always{options}}}"


def find_version(record: ConsumerRecord) -> str:
    """Return the rules' version in a routed record."""
    headers: dict[str, bytes] = dict(record.headers)
    return headers["x-copydesk-rules"].decode()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Write a rules file with one route."""
    path = tmp_path / "rules.yaml"
    write_rules(path, route_all("reload-first"))
    return path


@pytest.fixture
def sink(broker: str, rules: Path, tmp_path: Path) -> Iterator[StageProcess]:
    """Run sink with the rules file, which it checks often."""
    environ = {
        name_variable("kafka", "instance"): "sink-0",
        name_variable("sink", "group"): "copydesk-sink-reload",
        name_variable("sink", "rules"): str(rules),
        name_variable("sink", "rules_interval"): "0.2",
    }
    log = tmp_path / "sink.log"
    with run_stage_process("services.sink", bootstrap_servers=broker, log=log, environ=environ) as stage:
        yield stage


async def test_new_rules_are_in_force_without_a_restart(broker: str, sink: StageProcess, rules: Path) -> None:
    """A changed file is in force with its new topic and header; a wrong one is reported and changes nothing."""
    await asyncio.to_thread(sink.wait_ready)
    version = write_rules(rules, route_all("reload-second", ", body: false"))
    [reloaded] = await asyncio.to_thread(sink.wait_for, "rules_reloaded")
    assert (reloaded["rules"], reloaded["added"], reloaded["removed"]) == (version, ["reload-second"], ["reload-first"])
    async with open_admin(KafkaSettings(bootstrap_servers=broker)) as admin:
        assert "news.routed.reload-second.v1" in await admin.list_topics()
    event = build_event(0, seed=31)
    await send(broker, [event])
    [record] = await read_routed(broker, "reload-second", {event.id})
    assert find_version(record) == version
    without = EnrichedArticle.model_validate_json(record.value)
    assert (without.text_omitted, without.article.body) == (True, "")

    rules.write_text("version: 1\nroutes: [{name: third, when: {langauge: en}}]\n")
    sink.signal(signal.SIGHUP)
    [rejected] = await asyncio.to_thread(sink.wait_for, "rules_rejected")
    assert "rules.yaml:2: routes[0].when.langauge: unknown field" in rejected["error"]
    assert "copydesk_rules_rejected 1.0" in sink.fetch("/metrics")[1]
    later = build_event(1, seed=31)
    await send(broker, [later])
    [record] = await read_routed(broker, "reload-second", {later.id})
    assert find_version(record) == version

    version = write_rules(rules, route_all("reload-third"))
    sink.signal(signal.SIGHUP)
    await asyncio.to_thread(sink.wait_for, "rules_reloaded", count=2)
    page = sink.fetch("/metrics")[1]
    assert "copydesk_rules_rejected 0.0" in page
    assert 'copydesk_rules_reloads_total{outcome="rejected"} 1.0' in page


async def test_kills_during_reloads_route_each_event_once(broker: str, sink: StageProcess, rules: Path) -> None:
    """While the rules change again and again and sink is killed, each event is once on the route of one version."""
    sent: list[Sent] = []
    stop = asyncio.Event()
    names = ("reload-left", "reload-right")
    versions: dict[str, str] = {}

    async def change() -> None:
        turn = 0
        while not stop.is_set():
            name = names[turn % 2]
            versions[name] = write_rules(rules, route_all(name))
            turn += 1
            await asyncio.sleep(0.5)

    working = [asyncio.create_task(send_until(stop, broker, sent, seed=32, pause=0.1)), asyncio.create_task(change())]
    rng = random.Random(17)
    for _ in range(KILLS):
        await asyncio.to_thread(sink.wait_for, "rules_reloaded")
        await asyncio.sleep(rng.uniform(0.5, 2.0))
        sink.kill()
        sink.restart()
    stop.set()
    await asyncio.gather(*working)
    ids = {event.id for event in sent}
    found: Counter[str] = Counter()
    async with asyncio.timeout(90):
        while set(found) != ids:
            found = Counter()
            for name in names:
                for record in await read_committed_records(broker, topics.routed_topic(name), topics.PARTITIONS):
                    if record.key.decode() in ids:
                        found[record.key.decode()] += 1
                        assert find_version(record) == versions[name]
            await asyncio.sleep(0.5)
    assert set(found.values()) == {1}
    assert sink.process.poll() is None
