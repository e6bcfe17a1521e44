"""Fixtures of the tests with a real broker."""

from __future__ import annotations

import asyncio

import pytest

from services.contracts import topics
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings


@pytest.fixture(scope="module")
def broker(kafka: str) -> str:
    """Create the declared topics on the test module's Kafka, and return its bootstrap servers."""
    asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), topics.DECLARED))
    return kafka
