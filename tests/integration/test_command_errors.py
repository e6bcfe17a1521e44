"""Each error of the command names the thing, the fault and the way out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from services.contracts.topics import DECLARED
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings
from tests.integration.command_errors import CASES, ErrorCase, Place, prepare, read_message, run_case

pytestmark = [pytest.mark.kafka, pytest.mark.weights]


@pytest.fixture(scope="module")
def place(kafka: str) -> Iterator[Place]:
    """Yield a broker with Copydesk's topics, a port that is in use, and a folder with files."""
    asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), DECLARED))
    with ExitStack() as stack:
        yield prepare(stack, kafka)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_error_is_one_line_that_helps(case: ErrorCase, place: Place) -> None:
    """The error is one line without a traceback, has the expected words, and sets the exit code."""
    done = run_case(case, place)
    message = read_message(case, done.stderr)
    assert done.returncode == case.code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(message) == 1, done.stderr
    for part in map(place.fill, case.says):
        assert part in message[0]
