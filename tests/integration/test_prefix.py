"""Two deployments on one real Kafka: a prefix keeps their topics, groups and dead letters apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from services.contracts import topics
from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings, name_variable
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics
from tests.support.commands import run_copydesk
from tests.support.kafka_records import open_admin, read_records, send_values
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = pytest.mark.kafka

PREFIX = "staging."
LAYOUT = TopicLayout(prefix=PREFIX)
ENVIRON = {name_variable("topics", "prefix"): PREFIX}
ROUTE = "english-originals"
"""Route of the example rules that the article takes."""
STAGES = {
    "annotate": ("tests.support.annotate_stage", "0"),
    "match": ("services.processor", "match"),
    "sink": ("services.sink",),
}


@pytest.fixture
def staging(broker: str, tmp_path: Path) -> Iterator[dict[str, StageProcess]]:
    """Run the three stages of a deployment with a prefix, beside the topics of one without."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                run_stage_process(*module, bootstrap_servers=broker, log=tmp_path / f"{name}.log", environ=ENVIRON)
            )
            for name, module in STAGES.items()
        }


def run_command(servers: str, *arguments: str) -> list[str]:
    """Return the lines that a command of `copydesk` prints for the deployment with the prefix."""
    done = run_copydesk(*arguments, servers=servers, timeout=60, environ=ENVIRON)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


async def test_deployments_share_a_cluster(broker: str, staging: dict[str, StageProcess]) -> None:
    """All topics and groups of a deployment have its prefix, and its metrics have plain names and its label."""
    await asyncio.gather(*(asyncio.to_thread(one.wait_ready) for one in staging.values()))
    await send_values(broker, topics.RAW, [b"not for staging"])
    article = json.dumps({"content": "The council of Riverton opened a bridge.", "language": "en"}).encode()
    await send_values(broker, LAYOUT.name(topics.RAW), [article, b"{"])
    [event] = await read_records(broker, LAYOUT.name(topics.ENRICHED), topics.PARTITIONS, bool, within=30)
    assert json.loads(event.value)["origin"]["topic"] == LAYOUT.name(topics.ANNOTATED)
    routed = LAYOUT.name(topics.routed_topic(ROUTE))
    [copy] = await read_records(broker, routed, topics.PARTITIONS, bool, within=30)
    assert copy.key == event.key
    dead = LAYOUT.name(topics.dead_letter_topic(topics.RAW))
    assert len(await read_records(broker, dead, 1, bool, within=30)) == 1
    assert await read_records(broker, topics.dead_letter_topic(topics.RAW), 1, bool, within=0) == []

    async with open_admin(KafkaSettings(bootstrap_servers=broker)) as admin:
        existing, groups = set(await admin.list_topics()), await admin.list_consumer_groups()
    assert {topic.name for topic in list_topics(read_rules(EXAMPLE_RULES), LAYOUT)} <= existing
    assert {group for group, _ in groups} == {f"{PREFIX}copydesk-{name}" for name in (*STAGES, "retractions")}
    labels = f'deployment="staging",stage="match",topic="{topics.ANNOTATED}"'
    await asyncio.to_thread(staging["match"].wait_ready)
    assert f"copydesk_consumer_lag_messages{{{labels}}}" in staging["match"].fetch("/metrics")[1]
    routed_label = f'copydesk_routed_total{{deployment="staging",topic="{topics.routed_topic(ROUTE)}"}} 1.0'
    assert routed_label in staging["sink"].fetch("/metrics")[1]

    [shown] = await asyncio.to_thread(run_command, broker, "tail", topics.ENRICHED, "--from-beginning", "--limit", "1")
    assert json.loads(shown)["id"] == event.key.decode()
    [letter] = await asyncio.to_thread(run_command, broker, "dlq", "list")
    assert json.loads(letter)["id"] == f"{dead}/0/0"


async def test_ingest_publishes_to_its_own_topic(broker: str, tmp_path: Path) -> None:
    """Ingest writes to the raw topic of its deployment and labels its metrics."""
    environ = {name_variable("topics", "prefix"): "second-", name_variable("ingest", "port"): "0"}
    log = tmp_path / "ingest.log"
    with run_stage_process("services.ingest", bootstrap_servers=broker, log=log, environ=environ) as ingest:
        await asyncio.to_thread(ingest.wait_ready)
        [started] = ingest.events("service_started")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{started['port']}") as client:
            answer = await client.post("/v1/articles", json={"content": "The mayor resigned.", "language": "en"})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        own = TopicLayout(prefix="second-").name(topics.RAW)
        assert len(await read_records(broker, own, topics.PARTITIONS, bool, within=30)) == 1
        assert 'copydesk_articles_total{deployment="second",outcome="published"' in ingest.fetch("/metrics")[1]
