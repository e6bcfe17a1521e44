"""What the tests on a real broker share."""

from __future__ import annotations

import asyncio

import pytest

from services.contracts import topics
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings


@pytest.fixture(scope="module")
def broker(kafka: str) -> str:
    """The same Kafka with the declared topics on it."""
    asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), topics.DECLARED))
    return kafka
