"""Creation of the declared topics, with their settings. A second call changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from services.contracts.topics import Topic
from services.errors import ConfigurationError, TransientError
from services.runtime.kafka.clients import open_admin, translate, within
from services.runtime.service.settings import KafkaSettings

CLIENT_ID = "copydesk-topics"
LEADERLESS = -1
"""Id of the leader in Kafka's metadata when a partition has no leader."""
BROKER_DEFAULT_FACTOR = -1
"""Replication factor that stands for the broker's own default (KIP-464)."""
LEADER_POLL = 0.05
"""Seconds between two checks whether new topics have leaders."""

logger = structlog.get_logger()


async def create_topics(settings: KafkaSettings, topics: Iterable[Topic]) -> None:
    """Create the topics that are missing and wait until every partition has a leader.

    A setting that an operator changed on an existing topic is not changed back.

    Raises ConfigurationError if a topic exists with another number of partitions: keys and languages are assigned to
    partitions by that number. Raises TransientError if the broker does not answer or has not elected all leaders yet.
    """
    declared = {topic.name: topic for topic in topics}
    async with open_admin(settings, client_id=CLIENT_ID) as admin:
        existing = await _count_partitions(admin, settings, declared)
        missing = [topic for name, topic in declared.items() if name not in existing]
        if missing:
            await _create(admin, settings, missing)
        await _await_leaders(admin, settings, declared)


async def find_topics(settings: KafkaSettings, is_wanted: Callable[[str], bool]) -> dict[str, int]:
    """Return the number of partitions of each existing topic whose name is wanted.

    Raises TransientError if Kafka does not answer.
    """
    async with open_admin(settings, client_id=CLIENT_ID) as admin:
        described = await describe_existing(admin, settings, is_wanted)
    return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}


async def describe_existing(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, is_wanted: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """Return Kafka's description of each existing topic whose name is wanted.

    A topic that was just created or deleted has an `error_code` instead of partitions. Raises TransientError if Kafka
    does not answer.
    """
    names = list(filter(is_wanted, await within(settings.request_timeout, "list topics", admin.list_topics())))
    if not names:
        return []
    return list(await within(settings.request_timeout, "describe topics", admin.describe_topics(names)))


async def find_cluster_id(settings: KafkaSettings) -> str:
    """Return the id of the Kafka cluster, which differs if another cluster answers at the same address.

    Raises TransientError if Kafka does not answer.
    """
    async with open_admin(settings, client_id="copydesk-cluster") as admin:
        described = await within(settings.request_timeout, "describe the cluster", admin.describe_cluster())
    return str(described["cluster_id"])


async def _create(admin: AIOKafkaAdminClient, settings: KafkaSettings, topics: list[Topic]) -> None:
    factor = settings.replication_factor
    requests = [
        NewTopic(
            topic.name,
            topic.partitions,
            factor,
            # With the broker's default factor, aiokafka requires an assignment of replicas; an empty one is enough.
            replica_assignments={} if factor == BROKER_DEFAULT_FACTOR else None,
            topic_configs=dict(topic.settings),
        )
        for topic in topics
    ]
    response = await within(settings.request_timeout, "create topics", admin.create_topics(requests))
    for name, code, *rest in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            logger.info("topic_created", topic=name)
        elif error is not TopicAlreadyExistsError:
            raise translate(f"create topic {name}", error(*rest))


async def _await_leaders(admin: AIOKafkaAdminClient, settings: KafkaSettings, declared: dict[str, Topic]) -> None:
    """Wait until every declared topic is listed with all its leaders.

    A broker lists a topic some moments after it was created, and elects its leaders after that.
    """
    deadline = time.monotonic() + settings.request_timeout
    while True:
        counts = await _count_partitions(admin, settings, declared)
        for name, count in counts.items():
            if count is not None and count != declared[name].partitions:
                raise ConfigurationError(
                    f"topic {name} has {count} partitions, Copydesk needs {declared[name].partitions}. Do not add "
                    "partitions by hand; see docs/shards.md"
                )
        absent = sorted(name for name in declared if counts.get(name) is None)
        if not absent:
            return
        if time.monotonic() > deadline:
            raise TransientError(
                f"topics without a leader after {settings.request_timeout:g} s: {', '.join(absent)}; check that all "
                "brokers run"
            )
        await asyncio.sleep(LEADER_POLL)


async def _count_partitions(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, declared: dict[str, Topic]
) -> dict[str, int | None]:
    """Return the number of partitions of each declared topic that exists, or None while a partition has no leader."""
    described = await describe_existing(admin, settings, declared.__contains__)
    return {topic["topic"]: _count(topic) for topic in described}


def _count(described: dict[str, Any]) -> int | None:
    partitions = described["partitions"]
    if described["error_code"] or any(partition["leader"] == LEADERLESS for partition in partitions):
        return None
    return len(partitions)
