"""Fixtures for all tests."""

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
from tests.support.turns import take_turn


@pytest.fixture(scope="session")
def embedded_settings() -> EmbeddedSettings:
    """Return the settings of an embedded broker, read from the environment."""
    return load_embedded_settings(os.environ)


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let a test with the marker `alone` run while no other process of pytest-xdist runs one."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    # The folder of all workers of this run.
    with take_turn(tmp_path_factory.getbasetemp().parent, alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(scope="module")
def kafka(embedded_settings: EmbeddedSettings) -> Iterator[str]:
    """Yield the bootstrap servers of an Apache Kafka without records, one for each test module.

    It is an embedded broker unless the environment names another one.
    """
    given = os.environ.get(name_variable("kafka", "bootstrap_servers"))
    if given:
        yield given
        return
    with EmbeddedKafka.start(embedded_settings) as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test sets."""
    return Clock()


@pytest.fixture
def aiokafka_unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove, for one test, the patches that `accept_any_header_name` applied to aiokafka."""
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    monkeypatch.setattr(fetcher, "PartitionRecords", TolerantPartitionRecords.__base__)
