"""Differences between the existing topics and the declared ones, and their repair.

A service that starts creates missing topics. It does not change existing ones, because an operator may have changed
them on purpose. An existing topic therefore gets a new default only if an operator asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, for_code

from services.contracts.topics import Topic
from services.runtime.kafka.clients import open_admin, translate, within
from services.runtime.kafka.topics import BROKER_DEFAULT_FACTOR, CLIENT_ID, create_topics, describe_existing
from services.runtime.service.settings import KafkaSettings

DYNAMIC_TOPIC_SOURCE = 1
"""Kafka's code for a setting that was given to the topic itself (KIP-226)."""
EXISTENCE, PARTITIONS, REPLICATION = "existence", "partitions", "replication factor"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between an existing topic and its declaration."""

    topic: str
    what: str
    """EXISTENCE, PARTITIONS, REPLICATION, or the name of a setting in Kafka."""
    found: str
    declared: str

    @property
    def is_repairable(self) -> bool:
        """True if `repair` removes it. Partitions decide where keys are, and Kafka's own tools move replicas."""
        return self.what not in (PARTITIONS, REPLICATION)

    def __str__(self) -> str:
        if self.what == EXISTENCE:
            return f"{self.topic}: does not exist"
        return f"{self.topic}: {self.what} is {self.found}, declared is {self.declared}"


async def find_drift(settings: KafkaSettings, declared: Iterable[Topic]) -> list[Drift]:
    """Return every difference, topic by topic. Raises CopydeskError if Kafka does not answer or refuses."""
    topics = {topic.name: topic for topic in declared}
    async with open_admin(settings, client_id=CLIENT_ID) as admin:
        described = await describe_existing(admin, settings, topics.__contains__)
        existing = {topic["topic"]: topic["partitions"] for topic in described if not topic["error_code"]}
        given = await _read_settings(admin, settings, sorted(existing))
    found = []
    for name, topic in sorted(topics.items()):
        if name not in existing:
            found.append(Drift(name, EXISTENCE, "missing", "existing"))
            continue
        found += _compare_partitions(topic, existing[name], settings.replication_factor)
        values = {key: value for key, (value, _) in given[name].items()}
        found += [
            Drift(name, key, str(values.get(key)), value)
            for key, value in sorted(topic.settings.items())
            if values.get(key) != value
        ]
    return found


async def repair(settings: KafkaSettings, declared: Iterable[Topic], drift: Sequence[Drift]) -> None:
    """Create missing topics and set declared settings. Other settings that a topic was given stay.

    Raises CopydeskError if Kafka does not answer or refuses.
    """
    topics = {topic.name: topic for topic in declared}
    missing = {one.topic for one in drift if one.what == EXISTENCE}
    changed = sorted({one.topic for one in drift if one.is_repairable} - missing)
    if missing:
        await create_topics(settings, [topics[name] for name in sorted(missing)])
    if not changed:
        return
    async with open_admin(settings, client_id=CLIENT_ID) as admin:
        given = await _read_settings(admin, settings, changed)
        # The request replaces all settings that a topic was given, so it must also name those that do not change.
        resources = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                name,
                {**{key: value for key, (value, is_own) in given[name].items() if is_own}, **topics[name].settings},
            )
            for name in changed
        ]
        for response in await within(settings.request_timeout, "set topics", admin.alter_configs(resources)):
            for code, message, _, name in response.resources:
                if (error := for_code(code)) is not NoError:
                    raise translate(f"set topic {name}", error(message))


def _compare_partitions(topic: Topic, partitions: Sequence[dict[str, Any]], factor: int) -> list[Drift]:
    found = []
    if len(partitions) != topic.partitions:
        found.append(Drift(topic.name, PARTITIONS, str(len(partitions)), str(topic.partitions)))
    factors = {len(partition["replicas"]) for partition in partitions}
    if factor != BROKER_DEFAULT_FACTOR and factors != {factor}:
        found.append(Drift(topic.name, REPLICATION, ", ".join(map(str, sorted(factors))), str(factor)))
    return found


async def _read_settings(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, names: Sequence[str]
) -> dict[str, dict[str, tuple[str, bool]]]:
    """Return the value of each setting of each topic, and whether it was given to the topic itself."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for response in await within(settings.request_timeout, "describe settings", admin.describe_configs(resources)):
        for code, message, _, name, entries in response.resources:
            if (error := for_code(code)) is not NoError:
                raise translate(f"describe topic {name}", error(message))
            found[name] = {key: (value, source == DYNAMIC_TOPIC_SOURCE) for key, value, _, source, *_ in entries}
    return found
