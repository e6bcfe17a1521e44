"""Fixtures of the tests with a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.contracts import topics
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings
from tests.support.annotate_processes import running
from tests.support.raw_topic import RawTopic
from tests.support.stage_processes import StageProcess


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state file of `copydesk up` in the test's own folder, away from a desk that a person runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def broker(kafka: str) -> str:
    """Create the declared topics on the test module's Kafka, and return its bootstrap servers."""
    asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), topics.DECLARED))
    return kafka


@pytest.fixture
async def raw(kafka: str) -> RawTopic:
    """Provide the raw topic with a consumer group for one test."""
    topic = RawTopic(kafka)
    await topic.begin()
    return topic


@pytest.fixture
async def stage(raw: RawTopic, tmp_path: Path) -> AsyncIterator[StageProcess]:
    """Provide an annotate process that is ready."""
    with running(raw, tmp_path) as process:
        await asyncio.to_thread(process.wait_ready)
        yield process
