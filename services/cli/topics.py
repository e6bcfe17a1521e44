"""`copydesk topics`: the declared topics and the routes' own, created where they are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import stamina

from services.cli.kafka import read_kafka
from services.contracts.topics import DECLARED, Topic, route_topic
from services.errors import TransientError
from services.runtime.topics import create_topics
from services.sink.bootstrap import EXAMPLE_RULES
from services.sink.rules import read_rules

GIVE_UP_AFTER = 60.0
"""Seconds: a broker that is being started answers within them."""


def list_topics(rules: Path | None) -> tuple[Topic, ...]:
    """All that the services need, with the topics of the routing rules, or of the example's.

    Raises ConfigurationError for wrong rules.
    """
    names = read_rules(rules or EXAMPLE_RULES).names
    return (*DECLARED, *(route_topic(name) for name in names))


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
