"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from services.embedded import EmbeddedKafka, EmbeddedSettings, load_embedded_settings
from services.runtime.kafka.header_names import TolerantPartitionRecords
from services.runtime.service.settings import name_variable
from tests.support.clock import Clock


@pytest.fixture(scope="session")
def embedded_settings() -> EmbeddedSettings:
    """How to start an embedded broker here, from the environment."""
    return load_embedded_settings(os.environ)


@pytest.fixture(scope="module")
def kafka(embedded_settings: EmbeddedSettings) -> Iterator[str]:
    """Bootstrap servers of an Apache Kafka for one file of tests, with nothing on its topics.

    An embedded one, unless the environment names one.
    """
    given = os.environ.get(name_variable("kafka", "bootstrap_servers"))
    if given:
        yield given
        return
    with EmbeddedKafka.start(embedded_settings) as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def clock() -> Clock:
    """For whatever takes its time from one."""
    return Clock()


@pytest.fixture
def aiokafka_unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo for one test what `accept_any_header_name` did to aiokafka."""
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    monkeypatch.setattr(fetcher, "PartitionRecords", TolerantPartitionRecords.__base__)
