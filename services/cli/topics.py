"""`copydesk topics`: the declared topics and the routes' own, created where they are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import stamina

from services.cli.kafka import read_kafka
from services.errors import TransientError
from services.runtime.kafka.topics import create_topics
from services.sink.topics import list_topics

GIVE_UP_AFTER = 60.0
"""Seconds: a broker that is being started answers within them."""


def create(environ: Mapping[str, str], rules: Path | None) -> list[str]:
    """Create what is missing and wait for its leaders; returns the names of all topics declared.

    Raises ConfigurationError for a topic with other partitions, TransientError when Kafka did not answer for long.
    """
    kafka = read_kafka(environ)
    topics = list_topics(rules)
    for attempt in stamina.retry_context(on=TransientError, attempts=None, timeout=GIVE_UP_AFTER):
        with attempt:
            asyncio.run(create_topics(kafka, topics))
    return sorted(topic.name for topic in topics)
