"""The example consumers in docs/, run unchanged against a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.headers import RETRACTED_TYPE
from services.contracts.topics import ENRICHED
from services.embedded.jars import fetch_class_path
from services.embedded.settings import EmbeddedSettings
from tests.support.kafka_records import open_producer

ROOT = Path(__file__).parents[2]
CONSUMERS = ROOT / "docs" / "consumers"
EXAMPLES = sorted((ROOT / "schemas/examples/news.article.enriched.v1").glob("*.json"))

RETRACTION = b'{"id":"gone","reason":"Withdrawn."}'

BUILD_SECONDS = 240
"""Seconds in which Go must download and compile a Kafka client; it needs about 30."""
READ_SECONDS = 60
"""Seconds in which a consumer must read all golden events."""


@pytest.fixture(scope="module")
def filled(broker: str) -> Iterator[str]:
    """Return a broker with the golden events on the enriched topic, and one event of an aborted transaction."""

    async def fill() -> None:
        async with open_producer(broker, transactional_id="golden") as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(ENRICHED, value=b'{"id": "aborted"}', key=b"aborted", partition=0)
            await producer.abort_transaction()
            async with producer.transaction():
                for path in EXAMPLES:
                    value = json.dumps(json.loads(path.read_bytes())).encode()
                    await producer.send_and_wait(ENRICHED, value=value, key=path.stem.encode(), partition=0)
                headers = [("ce_type", RETRACTED_TYPE.encode())]
                await producer.send_and_wait(ENRICHED, value=RETRACTION, key=b"gone", partition=0, headers=headers)

    asyncio.run(fill())
    yield broker


def run_consumer(command: list[str], broker: str) -> list[list[str]]:
    """Run a consumer on all golden events, and return the fields of each line that it prints."""
    options = ["--brokers", broker, "--topic", ENRICHED, "--limit", str(len(EXAMPLES) + 1)]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=READ_SECONDS, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def assert_golden_events(lines: list[list[str]]) -> None:
    """Assert that every golden event is there once with its verdict, and the retraction, and no aborted event."""
    events = [json.loads(path.read_bytes()) for path in EXAMPLES]
    articles = [line for line in lines if line[1] != RETRACTED_TYPE]
    assert sorted((line[0], line[2]) for line in articles) == sorted(
        (event["id"], event["duplicate"]["verdict"]) for event in events
    )
    assert [line for line in lines if line not in articles] == [["gone", RETRACTED_TYPE, RETRACTION.decode()]]


def test_the_python_consumer_reads_what_is_committed(filled: str) -> None:
    """The consumer in docs/consumers/python prints each committed event once."""
    lines = run_consumer([sys.executable, str(CONSUMERS / "python" / "consumer.py")], filled)
    assert_golden_events(lines)


def test_the_go_consumer_reads_what_is_committed(filled: str, tmp_path: Path) -> None:
    """The consumer in docs/consumers/go prints each committed event once."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("needs Go, to build the example consumer")
    binary = tmp_path / "consumer"
    build = subprocess.run(
        [go, "build", "-o", str(binary), "."],
        cwd=CONSUMERS / "go",
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
    )
    if build.returncode:
        pytest.skip(f"Go cannot build the example consumer: {build.stderr.strip().splitlines()[-1:]}")
    assert_golden_events(run_consumer([str(binary)], filled))


def test_the_java_consumer_reads_what_is_committed(
    filled: str, tmp_path: Path, embedded_settings: EmbeddedSettings
) -> None:
    """The consumer in docs/consumers/java prints each committed event once."""
    compiler, java = shutil.which("javac"), shutil.which("java")
    if compiler is None or java is None:
        pytest.skip("needs a JDK (javac and java), to build the example consumer; on Debian: default-jdk-headless")
    class_path = fetch_class_path(embedded_settings.cache_dir)
    build = subprocess.run(
        [compiler, "-cp", class_path, "-d", str(tmp_path), str(CONSUMERS / "java" / "Consumer.java")],
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert build.returncode == 0, build.stderr
    assert_golden_events(run_consumer([java, "-cp", f"{tmp_path}:{class_path}", "Consumer"], filled))


def test_the_install_line_has_the_versions_of_the_lock() -> None:
    """The versions that the Python examples name are those that the tests run with."""
    locked = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    named = (CONSUMERS / "python" / "requirements.txt").read_text(encoding="utf-8").split()
    assert [one for one in named if f"\n{one} \\" not in f"\n{locked}"] == []
