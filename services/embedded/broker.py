"""An Apache Kafka node as a child process: start, stop, and the faults that tests need (pause, kill, restart)."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

from services.embedded.jars import Progress
from services.embedded.java import build_command, choose_class_path
from services.embedded.ports import find_free_port, require_free
from services.embedded.probe import is_answering
from services.embedded.properties import Node, build_properties
from services.embedded.settings import EmbeddedSettings
from services.errors import ConfigurationError, TransientError

WATCHER = Path(__file__).with_name("watcher.py")
START_TRIES = 3
"""Maximum number of attempts, each with other ports, because another process may take the port before the broker binds
it."""
PORT_FAULT = "already in use"
"""Words of the broker's log if another process took its port."""
PORT_ADVICE = "set COPYDESK_EMBEDDED__PORT to another port, or to 0 for any free one"
PROBE_INTERVAL = 0.05
"""Seconds between two metadata requests while the broker starts."""
LOG_TAIL_LINES = 30
"""Number of the last lines of the broker's log that an error message contains."""


class EmbeddedKafka:
    """A broker that runs until `stop`, or until this process ends in any way."""

    def __init__(
        self, settings: EmbeddedSettings, class_path: str, node: Node | None = None, log_file: Path | None = None
    ) -> None:
        self._settings = settings
        self._node = node or Node()
        self._class_path = class_path
        self._folder = (
            settings.data_dir.expanduser().resolve()
            if settings.data_dir
            else Path(tempfile.mkdtemp(prefix="copydesk-kafka-"))
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        self.log_file = log_file or self._folder / "broker.log"
        """Log file of the broker."""
        self._keeps_log = log_file is not None
        self._watcher: subprocess.Popen[str] | None = None
        self.port = settings.port
        self.pid = 0
        """The id of the Java process; 0 before the start."""

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        settings: EmbeddedSettings | None = None,
        *,
        progress: Progress | None = None,
        node: Node | None = None,
        preferred_port: int | None = None,
        log_file: Path | None = None,
    ) -> Iterator[EmbeddedKafka]:
        """Run a broker until the block ends.

        If the settings name no port, the broker listens on `preferred_port` if that is free. Its log is in the data
        folder, or in `log_file`, which is not removed.

        Raises ConfigurationError if packages are missing or the port is in use. Raises TransientError if the jars
        cannot be downloaded, or if the broker does not answer within the deadline; the message names its log, or has
        the end of a log that is removed.
        """
        chosen = settings or EmbeddedSettings()
        require_free(chosen.port, "Kafka", PORT_ADVICE, chosen.host)
        kafka = cls(chosen, choose_class_path(chosen, progress), node, log_file)
        try:
            kafka._start_on_free_port(preferred_port)
            yield kafka
        finally:
            kafka.close()

    @property
    def settings(self) -> EmbeddedSettings:
        """The settings with which the broker runs."""
        return self._settings

    @property
    def host(self) -> str:
        """Address on which the broker listens."""
        return self._settings.host

    @property
    def bootstrap_servers(self) -> str:
        """Address for clients: host:port."""
        return f"{self._settings.host}:{self.port}"

    @property
    def is_running(self) -> bool:
        """True if the process exists, paused or not."""
        return self._watcher is not None and self._watcher.poll() is None

    @property
    def is_answering(self) -> bool:
        """True if the broker answers clients now."""
        return is_answering(self._settings.host, self.port)

    def stop(self) -> None:
        """Stop the broker with SIGTERM, and with SIGKILL after the deadline.

        Does nothing if the broker is not running.
        """
        if self._watcher is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._watcher.wait(self._settings.stop_deadline)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._reap()

    def kill(self) -> None:
        """Kill the broker with SIGKILL, as the system does when memory runs out."""
        self._signal(signal.SIGKILL)
        self._reap()

    def pause(self) -> None:
        """Freeze the broker with SIGSTOP: connections stay open, and no request is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start again with the same data and port. Stops the broker first if it is running.

        After `kill` this takes some seconds, until the old registration has expired.
        """
        self.stop()
        self.launch_again()
        self.await_answer(self._settings.start_deadline)

    def launch_again(self) -> None:
        """Start a broker that has ended, with the same data and port, without waiting for an answer."""
        self._reap()
        self._launch()

    def launch(self) -> None:
        """Start for the first time, on the settings' port, without waiting: this broker may need others to answer."""
        self._configure()
        self._launch()

    def close(self) -> None:
        """Stop, and remove the temporary data folder."""
        self.stop()
        self._remove()

    def _start_on_free_port(self, preferred: int | None) -> None:
        for attempt in range(1, START_TRIES + 1):
            self.port = self._settings.port or find_free_port(
                self._settings.host, preferred=preferred if attempt == 1 else None
            )
            self._configure()
            self._launch()
            try:
                return self.await_answer(self._settings.start_deadline)
            except TransientError as error:
                self.kill()
                if PORT_FAULT not in self._read_log():
                    raise
                if self._settings.port or attempt == START_TRIES:
                    raise ConfigurationError(f"port {self.port} of Kafka is in use; {PORT_ADVICE}") from error
        raise AssertionError("unreachable")

    def _configure(self) -> None:
        properties = build_properties(
            host=self._settings.host,
            port=self.port,
            controller_port=self._node.controller_port or find_free_port("127.0.0.1"),
            log_dir=self._folder / "log",
            node=self._node,
        )
        (self._folder / "server.properties").write_text(properties)
        if not (self._folder / "log" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        quorum = () if self._node.voters else ("--standalone",)
        cluster_id = self._node.cluster_id or make_cluster_id()
        arguments = ["format", *quorum, "--cluster-id", cluster_id, "--config", str(self._properties)]
        for name, password in self._node.scram_users.items():
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *arguments), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise TransientError(
                f"cannot format the data folder {self._folder}: {(done.stderr or done.stdout).strip()[-2_000:]}"
            )

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _java(self, main_class: str, *arguments: str) -> list[str]:
        heap = self._settings.heap_megabytes
        return build_command(main_class, *arguments, class_path=self._class_path, heap_megabytes=heap)

    def _launch(self) -> None:
        remove = "" if self._settings.data_dir else str(self._folder)
        command = [sys.executable, "-I", str(WATCHER), str(self.log_file), remove]
        self._watcher = subprocess.Popen(
            [*command, *self._java("kafka.Kafka", str(self._properties))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self._watcher.stdout is not None
        self.pid = int(self._watcher.stdout.readline())

    def await_answer(self, seconds: float) -> None:
        """Wait until the broker answers clients. Raises TransientError if it ends or needs more than `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.is_answering:
            if not self.is_running:
                raise TransientError(f"Kafka ended before it was ready. {self._describe_log()}")
            if time.monotonic() > deadline:
                raise TransientError(f"Kafka did not answer within {seconds:.0f} s. {self._describe_log()}")
            time.sleep(PROBE_INTERVAL)

    def _describe_log(self) -> str:
        if self._keeps_log:
            return f"Its log is {self.log_file}"
        return "\n".join([f"The end of {self.log_file}:", *self._read_log().splitlines()[-LOG_TAIL_LINES:]])

    def _read_log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _reap(self) -> None:
        if self._watcher is None:
            return
        self._watcher.wait()
        for pipe in (self._watcher.stdin, self._watcher.stdout):
            if pipe is not None:
                pipe.close()
        self._watcher = None

    def _remove(self) -> None:
        if self._settings.data_dir is None:
            shutil.rmtree(self._folder, ignore_errors=True)


def make_cluster_id() -> str:
    """Return a new random id."""
    return urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "x")
