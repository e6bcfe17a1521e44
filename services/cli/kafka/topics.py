"""`copydesk topics`: create the declared topics and the routes' topics, and compare them with the existing ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.cli.console.progress import print_retry
from services.cli.kafka.connection import read_layout
from services.contracts.topics import Topic
from services.runtime.kafka.topic_drift import Drift, find_drift, repair
from services.runtime.kafka.topics import create_topics
from services.runtime.service.retries import RetryPolicy, retry
from services.runtime.service.settings import KafkaSettings
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics

RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for a broker that is still starting: it answers within a minute."""


def list_declared(environ: Mapping[str, str], rules: Path | None) -> tuple[Topic, ...]:
    """List the topics of the settings and of the rules. Raises ConfigurationError for wrong settings or rules."""
    return list_topics(read_rules(rules or EXAMPLE_RULES), read_layout(environ))


def create(kafka: KafkaSettings, topics: Sequence[Topic]) -> list[str]:
    """Create the missing topics, wait for their leaders, and return the names of all topics.

    Raises ConfigurationError if a topic exists with another number of partitions, TransientError if Kafka does not
    answer within the time of RETRIES.
    """
    creating = retry("create topics", lambda: create_topics(kafka, topics), policy=RETRIES, report=print_retry)
    asyncio.run(creating)
    return sorted(topic.name for topic in topics)


async def check(kafka: KafkaSettings, topics: Sequence[Topic], *, repairs: bool) -> list[Drift]:
    """Return the differences between the existing and the declared topics, or those that are left after a repair.

    Raises CopydeskError if Kafka does not answer or refuses.
    """
    drift = await find_drift(kafka, topics)
    if not repairs:
        return drift
    await repair(kafka, topics, drift)
    return [one for one in drift if not one.is_repairable]
