"""`copydesk up` with its own Kafka: other commands find it, and a broker that dies comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from services.cli.kafka.connection import BOOTSTRAP
from services.contracts.topics import ENRICHED
from services.embedded.ports import is_free
from tests.support.builders import build_article

pytestmark = [pytest.mark.kafka, pytest.mark.weights]

COPYDESK = [sys.executable, "-m", "services.cli"]
WITHIN = 180
"""Seconds in which a command must end, and in which a desk must start."""
REPORTED_WITHIN = 5.0
"""Seconds in which the end of the broker must be reported."""


class Desk:
    """A running `copydesk up`, with every line that it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._printed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._printed:
                self.lines.append(line)
                self._printed.notify_all()

    def await_line(self, part: str, seconds: float = WITHIN) -> str:
        """Return the first line that contains a text. Raises AssertionError after some seconds."""
        with self._printed:
            assert self._printed.wait_for(lambda: any(part in line for line in self.lines), seconds), self.lines
            return next(line for line in self.lines if part in line)

    @property
    def java(self) -> psutil.Process:
        """The broker's process."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child for child in children if "java" in child.name())


def build_environ(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment without a Kafka, with some changes."""
    return {name: value for name, value in os.environ.items() if name != BOOTSTRAP} | dict(changes or {})


@contextmanager
def run_desk(changes: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """Run `copydesk up` with its own Kafka until the block ends."""
    command = [*COPYDESK, "up"]
    with subprocess.Popen(
        command, env=build_environ(changes), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            desk = Desk(process)
            desk.await_line("Ctrl-C")
            yield desk
        finally:
            process.kill()


def run(*arguments: str, given: str = "", changes: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends."""
    return subprocess.run(
        [*COPYDESK, *arguments],
        env=build_environ(changes),
        input=given,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


def test_a_desk_is_found_and_its_broker_comes_back() -> None:
    """Commands without addresses reach the desk; after kill -9 of its broker it works again, with what it had."""
    usual = is_free(9092)
    with run_desk() as desk:
        kafka = desk.await_line("Kafka  ").split()[1]
        assert (kafka == "127.0.0.1:9092") == usual
        assert json.loads(run("send", given=json.dumps(build_article(1, seed=700))).stdout) == {"published": 1}
        first = run("tail", ENRICHED, "--from-beginning", "--limit", "1")
        assert "report 1" in first.stdout, first.stderr
        killed = time.monotonic()
        desk.java.kill()
        line = desk.await_line("ended and is started again", REPORTED_WITHIN)
        assert time.monotonic() - killed < REPORTED_WITHIN
        assert kafka in line and Path(line.split()[-1]).is_file()
        desk.await_line("answers again")
        assert json.loads(run("send", given=json.dumps(build_article(2, seed=700))).stdout) == {"published": 1}
        both = run("tail", ENRICHED, "--from-beginning", "--limit", "2")
        assert "report 1" in both.stdout and "report 2" in both.stdout
        desk.process.send_signal(signal.SIGINT)
        assert desk.process.wait(60) == 0


def test_two_desks_use_different_ports(tmp_path: Path) -> None:
    """A second desk is refused, or, with another state folder, says which usual ports are in use.

    The first one's port is an error if it is asked for.
    """
    apart = {"XDG_STATE_HOME": str(tmp_path / "second")}
    with run_desk() as first:
        ingest = first.await_line("HTTP ingest").split()[2]
        port = ingest.split(":")[2].split("/")[0]
        second_desk = run("up")
        assert second_desk.returncode == 2 and "a desk runs here already" in second_desk.stderr
        assert f"127.0.0.1:{port}" in second_desk.stderr
        refused = run("up", "--port", port, changes=apart)
        assert refused.returncode == 2 and f"port {port}" in refused.stderr
        with run_desk(apart) as second:
            assert "(port 8080 is in use)" in second.await_line("HTTP ingest")
            assert "(port 9092 is in use)" in second.await_line("Kafka  ")
            assert "routes.example.yaml (the example" in second.await_line("rules  ")
