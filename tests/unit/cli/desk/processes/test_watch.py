"""The watch over a desk's processes, with a broker and services that exist only here."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from services.cli.desk.processes.run_folder import open_run_folder
from services.cli.desk.processes.service_log import find_reason
from services.cli.desk.processes.stack import Service, Stack
from services.cli.desk.processes.watch import MAX_BROKER_ENDS, Watch
from services.embedded import EmbeddedKafka
from services.errors import TransientError
from services.sink.rules import Rules


@dataclass
class FakeBroker:
    """Broker that ends when the test says so."""

    is_running: bool = True
    is_answering: bool = True
    starts: int = 0
    bootstrap_servers: str = "127.0.0.1:9092"
    log_file: Path = Path("/logs/kafka.log")

    def launch_again(self) -> None:
        """Count the start."""
        self.starts += 1


@dataclass
class FakeStack:
    """Desk whose services end when the test says so."""

    broker: FakeBroker | None = field(default_factory=FakeBroker)
    log: Path = Path("/logs/services.log")
    ended: list[str] = field(default_factory=list)

    def restart_ended(self, output: object) -> list[str]:
        """Return the services that the test let end."""
        ended, self.ended = self.ended, []
        return ended


def watch(stack: FakeStack) -> tuple[Watch, list[str]]:
    """Return a watch and the list that gets its reports."""
    reported: list[str] = []
    return Watch(cast(Stack, stack), io.BytesIO(), reported.append), reported


def test_a_broker_that_ends_is_started_again() -> None:
    """The end of the broker is reported with its address and log, it is started again, and its return is reported."""
    broker = FakeBroker(is_running=False, is_answering=False)
    watching, reported = watch(FakeStack(broker))
    watching.check()
    assert broker.starts == 1
    assert "127.0.0.1:9092 ended" in reported[0] and "/logs/kafka.log" in reported[0]
    broker.is_running = True
    watching.check()
    assert len(reported) == 1
    broker.is_answering = True
    watching.check()
    assert "answers again" in reported[1]


def test_a_broker_that_never_answers_ends_the_desk() -> None:
    """If the broker ends again and again, the desk ends with the place of the broker's log."""
    watching, _ = watch(FakeStack(FakeBroker(is_running=False, is_answering=False)))
    for _ in range(MAX_BROKER_ENDS):
        watching.check()
    with pytest.raises(TransientError, match=r"its log is /logs/kafka\.log"):
        watching.check()


def test_a_service_that_ends_is_reported() -> None:
    """A service that was started again is reported with its log; a Kafka elsewhere is not watched."""
    stack = FakeStack(broker=None, ended=["match"])
    watching, reported = watch(stack)
    watching.check()
    assert reported == ["match ended and was started again; its log is /logs/services.log"]


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("", ""),
        ('{"service": "sink", "level": "info", "event": "service_started"}\n', ""),
        (
            '{"service": "sink", "level": "error", "error": "no topic"}\n{"service": "match", "level": "error"}\n',
            "no topic",
        ),
        ('{"service": "match", "level": "error", "error": "other"}\n', ""),
        ("wrong settings: COPYDESK_SINK__RULES: x\n", "wrong settings: COPYDESK_SINK__RULES: x"),
        ("Traceback (most recent call last):\n  File x\nMemoryError: out of memory\n", "MemoryError: out of memory"),
    ],
)
def test_the_reason_of_an_end_is_found(tmp_path: Path, log: str, reason: str) -> None:
    """The last error of the service itself is its reason: a logged one, a line of text, or an exception."""
    path = tmp_path / "services.log"
    path.write_text(log)
    assert find_reason(path, "sink") == reason


def test_a_failed_run_keeps_its_logs() -> None:
    """The folder of a run stays if the run fails with a log in it, and is removed otherwise."""
    with pytest.raises(TransientError), open_run_folder("test") as failed:
        (failed / "services.log").write_text("x")
        raise TransientError("failed")
    assert (failed / "services.log").exists()
    (failed / "services.log").unlink()
    failed.rmdir()
    with pytest.raises(TransientError), open_run_folder("test") as empty:
        raise TransientError("failed")
    with open_run_folder("test") as successful:
        (successful / "services.log").write_text("x")
    assert not empty.exists() and not successful.exists()


def test_a_start_does_not_wait_for_a_dead_broker() -> None:
    """If the broker ends before the services are ready, the start ends at once with the place of its log."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        service = Service("sink", process, "http://127.0.0.1:9")
        broker = cast(EmbeddedKafka, FakeBroker(is_running=False))
        log = Path("/logs/services.log")
        stack = Stack("127.0.0.1:9092", "", log, {}, Rules(()), None, broker, {"sink": service})
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:9092 ended .* its log is /logs/kafka\.log"):
            stack.wait_ready()
        process.kill()
