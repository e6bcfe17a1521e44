"""`copydesk topics`: the declared topics and the routes' own, created where they are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from services.cli.kafka import read_kafka
from services.cli.progress import show_retry
from services.runtime.kafka.topics import create_topics
from services.runtime.service.retries import RetryPolicy, retry
from services.sink.topics import list_topics

RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for a broker that is being started: it answers within a minute."""


def create(environ: Mapping[str, str], rules: Path | None) -> list[str]:
    """Create what is missing and wait for its leaders; returns the names of all topics declared.

    Raises ConfigurationError for a topic with other partitions, TransientError when Kafka did not answer for long.
    """
    kafka = read_kafka(environ)
    topics = list_topics(rules)
    creating = retry("create topics", lambda: create_topics(kafka, topics), policy=RETRIES, report=show_retry)
    asyncio.run(creating)
    return sorted(topic.name for topic in topics)
