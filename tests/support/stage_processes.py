"""One service or test stage as a process: started, watched through its log, stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.runtime.service.settings import PREFIX, name_variable
from services.runtime.service.spawn import spawn, terminate

STARTED = "service_started"


class StageProcess:
    """A stage in a separate process that logs JSON to a file."""

    def __init__(
        self, module: tuple[str, ...], environ: Mapping[str, str], log: Path, python: str = sys.executable
    ) -> None:
        self._command = [python, "-m", *module]
        self._environ = environ
        self.log = log
        self._read_from = 0
        self.process = self._spawn()

    def restart(self) -> None:
        """Restart the process after its end; its earlier log lines no longer count."""
        self._read_from = self.log.stat().st_size
        self.process = self._spawn()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events with a name that the process logged since its start."""
        with self.log.open("rb") as log:
            log.seek(self._read_from)
            lines = log.read().splitlines()
        return [event for line in lines if line.startswith(b"{") and (event := _parse(line)).get("event") == name]

    def wait_for(self, name: str, *, count: int = 1, within: float = 90) -> list[dict[str, Any]]:
        """Wait until the process has logged `count` events with a name."""
        deadline = time.monotonic() + within
        while len(found := self.events(name)) < count:
            assert time.monotonic() < deadline, f"no {count} lines {name} within {within} s: {self.tail()}"
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.tail()}"
            time.sleep(0.02)
        return found

    def fetch(self, path: str) -> tuple[int, str]:
        """Fetch a page of the process; return status and text."""
        [started] = self.wait_for(STARTED)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{started['port']}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait_ready(self, within: float = 90) -> None:
        """Wait until /ready answers 200."""
        deadline = time.monotonic() + within
        while (answer := self.fetch("/ready"))[0] != 200:
            assert time.monotonic() < deadline, f"{answer[1]}: {self.tail()}"
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.process.pid, number)

    def wait(self, within: float = 30) -> int:
        """Wait for the end of the process and return its exit code."""
        return self.process.wait(within)

    def stop(self) -> int:
        """Stop the process with SIGTERM and return its exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
        return terminate(self.process, deadline=30)

    def kill(self) -> None:
        """Kill the process with -9."""
        self.process.kill()
        self.process.wait()

    def tail(self) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return spawn(self._command, environ=self._environ, output=log.fileno())


@contextmanager
def run_stage_process(
    *module: str,
    bootstrap_servers: str,
    log: Path,
    environ: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Iterator[StageProcess]:
    """Run a stage until the end of the block, with the given settings and none of the tests' environment."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    settings = {
        name_variable("kafka", "bootstrap_servers"): bootstrap_servers,
        name_variable("kafka", "session_timeout"): "6",
        name_variable("telemetry", "log_format"): "json",
        name_variable("telemetry", "lag_interval"): "0.2",
    }
    stage = StageProcess(module, {**own, **settings, **(environ or {})}, log, python)
    try:
        yield stage
    finally:
        stage.stop()


def _parse(line: bytes) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(line)
    except ValueError:
        # The last line may be half written.
        return {}
    return parsed
