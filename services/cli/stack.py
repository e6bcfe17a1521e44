"""The four service processes around one Kafka, as `copydesk up` and `copydesk demo` run them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx

from services.cli.kafka import read_kafka
from services.embedded import EmbeddedKafka, load_embedded_settings
from services.errors import TransientError
from services.runtime.service.processes import end, spawn
from services.runtime.service.settings import KafkaSettings, name_variable

BOOTSTRAP = name_variable("kafka", "bootstrap_servers")
INSTANCE = name_variable("kafka", "instance")
READY_WITHIN = 120.0
"""Seconds: a laptop that is busy compiling still loads the weights in this time."""
POLL_INTERVAL = 0.1
RESTART_PAUSE = 1.0
"""Seconds: a service that stopped itself reads again from its commit, and need not do so in a hot loop."""

MODULES = {
    "ingest": ("services.ingest",),
    "annotate": ("services.processor", "annotate"),
    "match": ("services.processor", "match"),
    "sink": ("services.sink",),
}


@dataclass(slots=True)
class Service:
    """One running service."""

    name: str
    process: subprocess.Popen[bytes]
    page: str
    """Base URL of /metrics, /live and /ready."""
    restarts: int = 0


@dataclass(slots=True)
class Stack:
    """Four services and where to reach them."""

    bootstrap_servers: str
    ingest: str
    """Base URL of the HTTP ingest."""
    log: Path
    environ: Mapping[str, str]
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def kafka(self) -> KafkaSettings:
        """How a client of this process reaches the same Kafka."""
        return read_kafka(self.environ, self.bootstrap_servers)

    def start(self, output: BinaryIO) -> None:
        """Start the services; they write their logs to `output`."""
        for name in MODULES:
            self._launch(name, output)

    def revive(self, output: BinaryIO, *, pause: float = RESTART_PAUSE) -> list[str]:
        """Start again what ended by itself, as a container engine would; returns their names."""
        ended = [service for service in self.services.values() if service.process.poll() is not None]
        for service in ended:
            time.sleep(pause)
            self._launch(service.name, output)
            self.services[service.name].restarts = service.restarts + 1
        return [service.name for service in ended]

    def wait_ready(self, report: Callable[[str], None] = lambda _: None) -> None:
        """Until /ready of each service says so. Raises TransientError when one ends or the time is up."""
        deadline = time.monotonic() + READY_WITHIN
        waiting = dict(self.services)
        while waiting:
            for name, service in list(waiting.items()):
                if _is_ready(service.page):
                    del waiting[name]
                    report(name)
                elif service.process.poll() is not None or time.monotonic() > deadline:
                    raise TransientError(f"{name} did not become ready; its log: {self.log}\n{self._last_lines()}")
            time.sleep(POLL_INTERVAL)

    def stop(self, deadline: float) -> dict[str, int]:
        """End the services, first those in front; returns the exit codes."""
        return {name: end(self.services[name].process, deadline=deadline) for name in MODULES if name in self.services}

    def _launch(self, name: str, output: BinaryIO) -> None:
        page = self.services[name].page if name in self.services else self._choose_page(name)
        port = page.rpartition(":")[2]
        # A member that comes back under its old name has its partitions at once (KIP-345).
        environ = {INSTANCE: "local", **self.environ, BOOTSTRAP: self.bootstrap_servers}
        if name == "ingest":
            environ[name_variable("ingest", "port")] = port
        else:
            environ[name_variable("telemetry", "port")] = port
        process = spawn([sys.executable, "-m", *MODULES[name]], environ=environ, output=output.fileno())
        self.services[name] = Service(name, process, page)

    def _choose_page(self, name: str) -> str:
        return self.ingest if name == "ingest" else f"http://127.0.0.1:{find_free_port()}"

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@contextmanager
def run_stack(
    environ: Mapping[str, str],
    folder: Path,
    *,
    ingest_port: int | None = None,
    shutdown_deadline: float = 25.0,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[Stack, BinaryIO]]:
    """Kafka (the embedded one, unless the environment names another) and the four services, stopped at the end."""
    with ExitStack() as stack_of_parts:
        servers = environ.get(BOOTSTRAP)
        if servers is None:
            report("starting Apache Kafka")
            servers = stack_of_parts.enter_context(
                EmbeddedKafka.start(load_embedded_settings(environ), progress=_tell_megabytes(report))
            ).bootstrap_servers
        log = folder / "services.log"
        output = stack_of_parts.enter_context(log.open("wb", buffering=0))
        port = ingest_port if ingest_port is not None else find_free_port()
        stack = Stack(servers, f"http://127.0.0.1:{port}", log, environ)
        try:
            stack.start(output)
            report("starting the services")
            stack.wait_ready(report=lambda name: report(f"{name} is ready"))
            yield stack, output
        finally:
            stack.stop(shutdown_deadline)


def find_free_port(preferred: int = 0) -> int:
    """A TCP port on loopback that is free now: the preferred one if it is."""
    for candidate in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise TransientError("no free port on loopback")


def _is_ready(page: str) -> bool:
    try:
        return httpx.get(f"{page}/ready", timeout=2.0).status_code == 200
    except httpx.HTTPError:
        return False


def _tell_megabytes(report: Callable[[str], None]) -> Callable[[int, int], None]:
    """Tells of each tenth of a download, which happens once on a machine."""
    told = set[int]()

    def tell_progress(fetched: int, total: int) -> None:
        tenth = fetched * 10 // max(total, 1)
        if tenth not in told:
            told.add(tenth)
            report(f"fetching Apache Kafka, {fetched / 1e6:.0f} of {total / 1e6:.0f} MB")

    return tell_progress
