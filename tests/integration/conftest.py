"""Fixtures of the tests with a real broker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.contracts import topics
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state file of `copydesk up` in the test's own folder, away from a desk that a person runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def broker(kafka: str) -> str:
    """Create the declared topics on the test module's Kafka, and return its bootstrap servers."""
    asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), topics.DECLARED))
    return kafka
