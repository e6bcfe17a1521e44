"""The rights of the generated KafkaUsers, on a broker that denies everything else: none is missing or unused."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord
from aiokafka.errors import TopicAuthorizationFailedError, TransactionalIdAuthorizationFailed
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from services.cli.desk.processes.stack import MODULES
from services.cli.kafka.connection import read_kafka
from services.contracts import topics
from services.contracts.topics import dead_letter_topic, routed_topic
from services.embedded import EmbeddedSettings
from services.reference.kubernetes import ACCESS, build_user
from services.runtime.kafka.clients import build_producer
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics
from tests.integration.secure_broker import SecureBroker, run_secure_broker, scram
from tests.support.builders import build_article
from tests.support.feed_server import FeedServer, Page, build_feed
from tests.support.kafka_records import open_admin, read_records, send_values
from tests.support.stage_processes import STARTED, StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.weights]

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    # The test itself connects by the plain listener, without a name.
    "super.users": "User:ANONYMOUS",
}
AUTHORIZER_LOG = "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug"
"""Option with which the broker also logs each allowed operation and the rule that allowed it."""
ALLOW = 3
CODES = {
    "TOPIC": 2, "GROUP": 3, "TRANSACTIONAL_ID": 5,
    "LITERAL": 3, "PREFIXED": 4,
    "READ": 3, "WRITE": 4, "CREATE": 5, "DESCRIBE": 8,
}  # fmt: skip
"""Codes of Kafka's protocol for kinds of resources, patterns and operations (KIP-140, KIP-290)."""
WORDS = {
    "topic": "TOPIC", "group": "GROUP", "transactionalId": "TRANSACTIONAL_ID",
    "literal": "LITERAL", "prefix": "PREFIXED",
}  # fmt: skip
"""Strimzi's word to Kafka's word."""
RULE = re.compile(
    r"is Allowed operation.* based on rule MatchingAcl\(acl=StandardAcl\[resourceType=(\w+), resourceName=([^,]+), "
    r"patternType=(\w+), principal=User:([^,]+), host=\*, operation=(\w+), permissionType=ALLOW\]\)"
)
RULES = b"""
version: 1
routes:
  - {name: english, when: {language: en}}
default: rest
"""
"""Routing rules whose topics do not exist: sink creates them itself."""
UNREADABLE = b"{not json"
APPLIED_WITHIN = 10.0
"""Seconds after which the broker has applied a changed rule."""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """The right of one user to one operation on the resources that a pattern matches, in Kafka's words."""

    kind: str
    name: str
    pattern: str
    user: str
    operation: str


FIRST_WRITES_SHARDS = {
    Right("TOPIC", topics.SHARD_MAP, "LITERAL", f"copydesk-{service}", "WRITE") for service in ("annotate", "match")
}
"""Rights of which only one is used: the service that starts first on a new Kafka writes the shard map."""

USED_AFTER_RESET = {
    Right("TOPIC", topics.STORIES, "LITERAL", "copydesk-match", "READ"),
    Right("TOPIC", topics.MENTIONS, "LITERAL", "copydesk-match", "READ"),
    Right("TOPIC", dead_letter_topic(topics.ANNOTATED), "LITERAL", "copydesk-match", "READ"),
    Right("TOPIC", dead_letter_topic(topics.ENRICHED), "LITERAL", "copydesk-sink", "READ"),
    Right("TOPIC", topics.ROUTED_PREFIX, "PREFIXED", "copydesk-sink", "READ"),
}
"""Rights that a lane uses only if Kafka returns an old offset: it checks whether the outputs of its last transaction
exist."""


def list_rights() -> list[Right]:
    """Return the rights of the generated KafkaUsers, as Strimzi's user operator grants them."""
    return [right for access in ACCESS for right in _list_rights_of(build_user(access))]


def _list_rights_of(manifest: dict[str, Any]) -> Iterator[Right]:
    for rule in manifest["spec"]["authorization"]["acls"]:
        resource = rule["resource"]
        assert rule["host"] == "*"
        for operation in rule["operations"]:
            kind, pattern = WORDS[resource["type"]], WORDS[resource["patternType"]]
            yield Right(kind, resource["name"], pattern, manifest["metadata"]["name"], operation.upper())


async def grant(broker: SecureBroker, rights: Iterable[Right]) -> None:
    """Grant the rights."""
    for answer in await _request(broker, CreateAclsRequest, rights):
        [[code, message]] = answer.creation_responses
        assert code == 0, message


async def revoke(broker: SecureBroker, right: Right) -> None:
    """Revoke the right."""
    [answer] = await _request(broker, DeleteAclsRequest, [right])
    [[code, message, matching]] = answer.filter_responses
    assert (code, len(matching)) == (0, 1), message


async def _request(broker: SecureBroker, request: type[Any], rights: Iterable[Right]) -> list[Any]:
    async with open_admin(own(broker)) as admin:
        return [
            await admin._send_to_controller(
                request(
                    CODES[one.kind], one.name, CODES[one.pattern], f"User:{one.user}", "*", CODES[one.operation], ALLOW
                )
            )
            for one in rights
        ]


def own(broker: SecureBroker) -> KafkaSettings:
    """Return the settings by which the test itself connects to the broker."""
    return KafkaSettings(bootstrap_servers=broker.plain)


def environ_of(broker: SecureBroker, service: str) -> dict[str, str]:
    """Return the environment variables of a service that connects with its own user."""
    return scram(broker, user=f"copydesk-{service}")


def read_log(broker: SecureBroker, begin: int) -> str:
    """Return what the broker logged from a position on."""
    return broker.log.read_bytes()[begin:].decode(errors="replace")


def find_refusals(log: str) -> list[str]:
    """Return the lines in which the authorizer denies an operation."""
    return [line for line in log.splitlines() if " is Denied " in line]


@pytest.fixture(scope="module")
def broker(embedded_settings: EmbeddedSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    """Run a broker with the generated users, topics and rights, and an authorizer that allows nothing else."""
    users = tuple(f"copydesk-{access.service}" for access in ACCESS)
    folder = tmp_path_factory.mktemp("certificates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", AUTHORIZER_LOG)
        with run_secure_broker(embedded_settings, folder, users=users, properties=AUTHORIZER) as running:
            asyncio.run(create_topics(own(running), list_topics(read_rules(EXAMPLE_RULES))))
            asyncio.run(grant(running, list_rights()))
            yield running


@pytest.fixture
async def feeds() -> AsyncIterator[FeedServer]:
    """Serve a feed with one entry."""
    server = FeedServer()
    await server.start()
    server.pages["/feed"] = Page(build_feed("acls", range(1)))
    yield server
    await server.stop()


async def test_services_need_no_other_rights_and_use_each(
    broker: SecureBroker, feeds: FeedServer, tmp_path: Path
) -> None:
    """The services route, retract and archive an article and fetch a feed with exactly their rights."""
    begin = broker.log.stat().st_size
    path = tmp_path / "feeds.json"
    path.write_text(json.dumps([{"url": feeds.url("/feed"), "interval": 60}]))
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(RULES)
    with ExitStack() as running:

        def start(service: str, **settings: object) -> StageProcess:
            environ = environ_of(broker, service)
            module = MODULES.get(service, (f"services.{service}",))
            for name, value in settings.items():
                environ[name_variable(*name.split("__"))] = str(value)
            log = tmp_path / f"{service}.log"
            stage = run_stage_process(*module, bootstrap_servers=broker.sasl, log=log, environ=environ)
            return running.enter_context(stage)

        start("annotate")
        start("match", match__mentions="on")
        start("sink", sink__rules=rules)
        ingest = start(
            "ingest", ingest__port=0, ingest__feeds=path, ingest__fetch__allow_private=True,
            ingest__fetch__contact="desk@post.example",
        )  # fmt: skip
        start("archive", archive__folder=tmp_path / "archive", archive__interval=0.5)
        article_id = await post(ingest, "articles", build_article(1, seed=910))
        for topic in (topics.RAW, topics.ANNOTATED, topics.ENRICHED):
            await send_values(broker.plain, topic, [UNREADABLE])
        for topic in (topics.ENRICHED, routed_topic("english")):
            await wait_for_key(broker, topic, article_id)
        for topic in (topics.RAW, topics.ANNOTATED, topics.ENRICHED):
            [letter] = await read_records(broker.plain, dead_letter_topic(topic), 1, bool, within=60)
            assert letter.value == UNREADABLE
        [visit] = await asyncio.to_thread(ingest.wait_for, "feed_visited", within=30)
        assert (visit["outcome"], visit["published"]) == ("fetched", 1)
        await post(ingest, "retractions", {"id": article_id, "reason": "Withdrawn."})
        await wait_for_key(broker, routed_topic("english"), article_id, times=2)
    log = read_log(broker, begin)
    assert find_refusals(log) == []
    used = {Right(*found) for found in RULE.findall(log)}
    assert used & FIRST_WRITES_SHARDS
    assert used & USED_AFTER_RESET == set()
    assert used | FIRST_WRITES_SHARDS | USED_AFTER_RESET == set(list_rights())


async def post(ingest: StageProcess, kind: str, body: Mapping[str, object]) -> str:
    """Send articles or retractions by HTTP and return the id in the answer."""
    [started] = await asyncio.to_thread(ingest.wait_for, STARTED)
    await asyncio.to_thread(ingest.wait_ready)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{started['port']}") as sender:
        answer = await sender.post(f"/v1/{kind}", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def wait_for_key(broker: SecureBroker, topic: str, key: str, times: int = 1) -> None:
    """Wait until `times` records with the key are committed on the topic."""

    def has_all(found: Sequence[ConsumerRecord]) -> bool:
        return [one.key for one in found].count(key.encode()) >= times

    records = await read_records(broker.plain, topic, topics.PARTITIONS, has_all, within=60)
    assert [one.key for one in records].count(key.encode()) == times


async def write(broker: SecureBroker, service: str, topic: str, transactional_id: str | None = None) -> None:
    """Send a record as a service's user."""
    settings = read_kafka(environ_of(broker, service))
    producer = build_producer(settings, client_id="test", transactional_id=transactional_id)
    try:
        await producer.start()
        await producer.send_and_wait(topic, UNREADABLE, partition=0)
    finally:
        await producer.stop()


@pytest.mark.parametrize(
    ("service", "topic"),
    [
        ("sink", topics.RAW),
        ("sink", topics.VERDICTS),
        ("match", routed_topic("people")),
        ("match", topics.RAW),
        ("annotate", topics.ENRICHED),
        ("ingest", topics.ANNOTATED),
        ("ingest", topics.SHARD_MAP),
    ],
)
async def test_a_service_cannot_write_the_topics_of_another(broker: SecureBroker, service: str, topic: str) -> None:
    """The broker refuses a record for which the user has no right, and logs the refusal."""
    begin = broker.log.stat().st_size
    with pytest.raises(TopicAuthorizationFailedError):
        await write(broker, service, topic)
    [refusal] = find_refusals(read_log(broker, begin))
    assert f"User:copydesk-{service} is Denied operation = WRITE" in refusal
    assert f"Topic:LITERAL:{topic} " in refusal


async def test_a_service_cannot_use_the_transactional_ids_of_another(broker: SecureBroker) -> None:
    """Sink's user cannot fence a lane of match by its transactional id."""
    with pytest.raises(TransactionalIdAuthorizationFailed):
        await write(broker, "sink", topics.ENRICHED, f"copydesk-match-{topics.ANNOTATED}-0")


async def test_a_service_fails_without_a_revoked_right(broker: SecureBroker) -> None:
    """Sink's user can write dead letters with its right, cannot without it, and can again with it."""
    topic = dead_letter_topic(topics.ENRICHED)
    right = Right("TOPIC", topic, "LITERAL", "copydesk-sink", "WRITE")

    async def can_write() -> bool:
        try:
            await write(broker, "sink", topic)
        except TopicAuthorizationFailedError:
            return False
        return True

    assert await can_write()
    for change, expected in ((revoke(broker, right), False), (grant(broker, [right]), True)):
        await change
        deadline = time.monotonic() + APPLIED_WITHIN
        while await can_write() is not expected:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
