"""The compose project produces enriched events from an empty start, after kills and after a full restart."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from services.contracts.topics import ENRICHED
from tests.containers.engine import docker
from tests.containers.project import READY_WITHIN, Project

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

SERVICES = ("kafka", "ingest", "annotate", "match", "sink")


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    """Start the project with empty volumes, and remove both at the end."""
    project = Project("copydesk-test")
    project.compose("down", "--volumes")
    try:
        print(f"up from nothing: {project.up():.0f} s")
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "30")


def count_enriched(project: Project, limit: int) -> Counter[str]:
    """Count how often each article is on the enriched topic, as a read_committed consumer receives it."""
    lines = project.compose("run", "--rm", "-T", "tools", "tail", ENRICHED, "--from-beginning", "--limit", str(limit))
    return Counter(json.loads(line)["id"] for line in lines.splitlines())


def test_samples_are_enriched_and_routed(project: Project) -> None:
    """One command sends the samples and shows the event and the routes of each."""
    started = time.monotonic()
    shown = project.compose("run", "--rm", "-T", "tools", "try", "--patience", "240")
    print(f"the samples: {time.monotonic() - started:.0f} s")
    assert "Velden wins the queen stage" in shown
    assert "routes" in shown and "10 arrived" in shown


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_service_restarts_without_loss(project: Project, name: str) -> None:
    """After `docker compose kill` of any service, `up` restarts it, and an article sent meanwhile arrives once."""
    number = 100 * (1 + SERVICES.index(name))
    project.attempt(number)
    project.compose("kill", name)
    seconds = project.up()
    print(f"{name} back after {seconds:.0f} s")
    assert "2 arrived" in project.attempt(number, number + 1)


def test_the_engine_restarts_a_crashed_service(project: Project) -> None:
    """The engine restarts a service whose process dies."""
    container = project.compose("ps", "--quiet", "sink").strip()
    before = json.loads(docker("inspect", container))[0]["State"]["StartedAt"]
    pid = json.loads(docker("inspect", container))[0]["State"]["Pid"]
    os.kill(pid, 9)
    deadline = time.monotonic() + READY_WITHIN
    while True:
        state = json.loads(docker("inspect", container))[0]["State"]
        if state["StartedAt"] != before and state.get("Health", {}).get("Status") == "healthy":
            break
        assert time.monotonic() < deadline, state
        time.sleep(1)
    assert "1 arrived" in project.attempt(700)


def test_all_events_survive_down_and_up(project: Project) -> None:
    """After `down` and `up` with the volumes kept, every event is still there exactly once, and new articles arrive."""
    project.compose("down", "--timeout", "60")
    print(f"up with volumes: {project.up():.0f} s")
    assert "1 arrived" in project.attempt(800)
    expected = 10 + 2 * len(SERVICES) + 2
    seen = count_enriched(project, expected)
    assert len(seen) == expected
    assert set(seen.values()) == {1}
