"""Differences between existing and declared topics on a real Kafka, and their repair."""

from __future__ import annotations

import asyncio
import subprocess
from uuid import uuid4

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.contracts import topics
from services.contracts.topics import Topic
from services.runtime.kafka.topic_drift import EXISTENCE, PARTITIONS, Drift, find_drift, repair
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.commands import run_copydesk
from tests.support.kafka_records import open_admin

pytestmark = pytest.mark.kafka


async def read_own(settings: KafkaSettings, name: str) -> dict[str, str]:
    """Return the settings that were given to a topic itself."""
    async with open_admin(settings) as admin:
        [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    [(_, _, _, _, entries)] = response.resources
    return {key: value for key, value, _, source, *_ in entries if source == 1}


async def test_drift_is_found_and_repaired(kafka: str) -> None:
    """Missing topics and other settings are repaired, partitions are reported, and an operator's settings stay."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    name = f"drift-{uuid4().hex[:8]}"
    kept = {"min.insync.replicas": "1", "retention.ms": "1000000"}
    await create_topics(settings, [Topic(f"{name}.a", 2, kept), Topic(f"{name}.b", 1)])
    wanted = {"retention.ms": "2000000", "cleanup.policy": "delete"}
    declared = [Topic(f"{name}.a", 3, wanted), Topic(f"{name}.b", 1), Topic(f"{name}.c", 1, wanted)]
    drift = await find_drift(settings, declared)
    assert drift == [
        Drift(f"{name}.a", PARTITIONS, "2", "3"),
        Drift(f"{name}.a", "retention.ms", "1000000", "2000000"),
        Drift(f"{name}.c", EXISTENCE, "missing", "existing"),
    ]
    await repair(settings, declared, drift)
    assert await find_drift(settings, declared) == [drift[0]]
    assert await read_own(settings, f"{name}.a") == {"min.insync.replicas": "1", **wanted}


async def test_replicas_are_compared_if_their_number_is_set(kafka: str) -> None:
    """Another replication factor than the setting's is reported, and the broker's default is not compared."""
    topic = Topic(f"drift-{uuid4().hex[:8]}", 1)
    await create_topics(KafkaSettings(bootstrap_servers=kafka), [topic])
    [drift] = await find_drift(KafkaSettings(bootstrap_servers=kafka, replication_factor=3), [topic])
    assert (drift.what, drift.found, drift.declared, drift.is_repairable) == ("replication factor", "1", "3", False)


def run(kafka: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run `copydesk topics`."""
    return run_copydesk("topics", *arguments, servers=kafka, timeout=120, environ=environ)


async def test_the_command_checks_and_applies(broker: str) -> None:
    """`--check` prints the differences and exits with 1, `--apply` repairs them, and then `--check` exits with 0."""
    assert run(broker).returncode == 0
    # The broker may be one that an earlier release has used.
    assert run(broker, "--apply").returncode == 0
    longer = {name_variable("topics", "enriched_retention"): "1209600"}
    checked = await asyncio.to_thread(run, broker, "--check", **longer)
    assert checked.returncode == 1
    drift = "{}: retention.ms is 604800000, declared is 1209600000"
    assert checked.stdout.decode().splitlines() == [drift.format(name) for name in (topics.ENRICHED, topics.MENTIONS)]
    assert run(broker, "--apply", **longer).returncode == 0
    assert run(broker, "--check", **longer).returncode == 0
    assert run(broker, "--check").returncode == 1
    assert run(broker, "--apply").returncode == 0
