"""`copydesk topics`: create the missing ones of the declared topics and of the routes' topics."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.cli.console.progress import print_retry
from services.runtime.kafka.topics import create_topics
from services.runtime.service.retries import RetryPolicy, retry
from services.runtime.service.settings import KafkaSettings
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.topics import list_topics

RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for a broker that is still starting: it answers within a minute."""


def create(kafka: KafkaSettings, rules: Path | None) -> list[str]:
    """Create the missing topics, wait for their leaders, and return the names of all topics.

    Raises ConfigurationError if a topic exists with another number of partitions, TransientError if Kafka does not
    answer within the time of RETRIES.
    """
    topics = list_topics(read_rules(rules or EXAMPLE_RULES))
    creating = retry("create topics", lambda: create_topics(kafka, topics), policy=RETRIES, report=print_retry)
    asyncio.run(creating)
    return sorted(topic.name for topic in topics)
