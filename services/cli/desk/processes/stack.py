"""The four service processes and their Kafka, as `copydesk up` and `copydesk demo` run them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import httpx

from services.cli.desk.processes.preflight import check_broker, check_configuration
from services.cli.desk.processes.service_log import find_reason
from services.cli.kafka.connection import BOOTSTRAP, read_kafka, read_layout
from services.contracts.topics import TopicLayout
from services.embedded import EmbeddedKafka, load_embedded_settings
from services.embedded.ports import find_free_port
from services.errors import ConfigurationError, CopydeskError, TransientError
from services.runtime.service.lifecycle import EXIT_CONFIGURATION
from services.runtime.service.settings import KafkaSettings, name_variable
from services.runtime.service.spawn import spawn, terminate
from services.sink.rules import EXAMPLE_RULES, Rules

INSTANCE = name_variable("kafka", "instance")
READY_WITHIN = 120.0
"""Seconds in which a service must become ready: enough to load the weights on a busy laptop."""
POLL_INTERVAL = 0.1
"""Seconds between two checks whether a service is ready."""
RESTART_PAUSE = 1.0
"""Seconds before a service that ended is started again, so that a failing one does not restart without pause."""

MODULES = {
    "ingest": ("services.ingest",),
    "annotate": ("services.processor", "annotate"),
    "match": ("services.processor", "match"),
    "sink": ("services.sink",),
}
"""For each service, the arguments of `python -m`, in the order of the stages."""
PAGE = "page"
"""Name of the page, a fifth process that `copydesk up` runs."""


@dataclass(slots=True)
class Service:
    """A running service."""

    name: str
    process: subprocess.Popen[bytes]
    page: str
    """Base URL of /metrics, /live and /ready."""


@dataclass(slots=True)
class Stack:
    """The four services and their addresses."""

    bootstrap_servers: str
    ingest: str
    """Base URL of the HTTP ingest."""
    log: Path
    """File that the services write their logs to."""
    environ: Mapping[str, str]
    rules: Rules
    """The routing rules with which sink starts."""
    browser_page: str | None = None
    """Base URL of the page for browsers; None runs none."""
    broker: EmbeddedKafka | None = None
    """The broker of this desk; None if the environment names a Kafka that runs elsewhere."""
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def kafka(self) -> KafkaSettings:
        """Settings with which a client in this process reaches the same Kafka."""
        return read_kafka(self.environ, self.bootstrap_servers)

    @property
    def layout(self) -> TopicLayout:
        """Names of the topics."""
        return read_layout(self.environ)

    @property
    def pages(self) -> list[str]:
        """Base URL of the metrics page of each service."""
        return [service.page for service in self.services.values()]

    def start(self, output: BinaryIO) -> None:
        """Start the services, which write their logs to `output`."""
        for name in self._names:
            self._launch(name, output)

    def restart_ended(self, output: BinaryIO, *, pause: float = RESTART_PAUSE) -> list[str]:
        """Start again every service that has ended, as a container engine would; return their names."""
        ended = [service for service in self.services.values() if service.process.poll() is not None]
        for service in ended:
            time.sleep(pause)
            self._launch(service.name, output)
        return [service.name for service in ended]

    def wait_ready(self, report: Callable[[str], None] = lambda _: None) -> None:
        """Wait until each service is ready. Raises TransientError if one ends, or after READY_WITHIN seconds."""
        deadline = time.monotonic() + READY_WITHIN
        waiting = dict(self.services)
        while waiting:
            if self.broker is not None and not self.broker.is_running:
                where = f"Kafka at {self.bootstrap_servers} ended before the services were ready"
                raise TransientError(f"{where}; its log is {self.broker.log_file}")
            for name, service in list(waiting.items()):
                if _is_ready(service.page):
                    del waiting[name]
                    report(name)
                elif service.process.poll() is not None:
                    raise self._explain_end(service)
                elif time.monotonic() > deadline:
                    raise TransientError(f"{name} was not ready within {READY_WITHIN:g} s; its log is {self.log}")
            time.sleep(POLL_INTERVAL)

    def stop(self, deadline: float) -> dict[str, int]:
        """Stop the services in the order of the stages, and return the exit codes."""
        return {
            name: terminate(self.services[name].process, deadline=deadline)
            for name in self._names
            if name in self.services
        }

    def _launch(self, name: str, output: BinaryIO) -> None:
        page = self.services[name].page if name in self.services else self._choose_page(name)
        port = page.rpartition(":")[2]
        # A member that returns under its old name keeps its partitions, without a rebalance (KIP-345).
        environ = {INSTANCE: "local", **self.environ, BOOTSTRAP: self.bootstrap_servers}
        if name == "ingest":
            environ[name_variable("ingest", "port")] = port
        else:
            environ[name_variable("telemetry", "port")] = port
        process = spawn(
            [sys.executable, "-m", *self._choose_module(name, port)], environ=environ, output=output.fileno()
        )
        self.services[name] = Service(name, process, page)

    @property
    def _names(self) -> tuple[str, ...]:
        return (*MODULES, PAGE) if self.browser_page else tuple(MODULES)

    def _choose_module(self, name: str, port: str) -> tuple[str, ...]:
        if name != PAGE:
            return MODULES[name]
        # Without rules of their own, sink uses the example.
        rules = self.environ.get(name_variable("sink", "rules"), str(EXAMPLE_RULES))
        return "services.cli", PAGE, "--port", port, "--rules", rules

    def _choose_page(self, name: str) -> str:
        given = {"ingest": self.ingest, PAGE: self.browser_page}.get(name)
        return given or f"http://127.0.0.1:{find_free_port()}"

    def _explain_end(self, service: Service) -> CopydeskError:
        """Return the error of a service that ended instead of becoming ready."""
        code = service.process.returncode
        reason = find_reason(self.log, service.name)
        if code == EXIT_CONFIGURATION and reason:
            return ConfigurationError(reason)
        what = f"{service.name} ended with exit code {code} before it was ready"
        return TransientError(f"{what}{f': {reason}' if reason else ''}; its log is {self.log}")


@contextmanager
def run_stack(
    environ: Mapping[str, str],
    folder: Path,
    *,
    ingest_port: int | None = None,
    page_port: int | None = None,
    kafka_port: int | None = None,
    shutdown_deadline: float = 25.0,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[Stack, BinaryIO]]:
    """Run Kafka and the four services until the block ends, and yield them with the file of their logs.

    Kafka is the embedded one, on `kafka_port` if that is free, unless the environment names another. With a
    `page_port`, the page for browsers runs too. Logs are written to `folder`. Raises ConfigurationError for wrong
    settings and rules before anything is started, and TransientError if Kafka or a service does not become ready.
    """
    rules = check_configuration(environ)
    with ExitStack() as resources:
        servers, broker = environ.get(BOOTSTRAP), None
        if servers is None:
            broker = resources.enter_context(_start_broker(environ, kafka_port, folder, report))
            servers = broker.bootstrap_servers
        else:
            check_broker(read_kafka(environ, servers))
        log = folder / "services.log"
        output = resources.enter_context(log.open("wb", buffering=0))
        port = ingest_port if ingest_port is not None else find_free_port()
        browser_page = f"http://127.0.0.1:{page_port}" if page_port is not None else None
        stack = Stack(servers, f"http://127.0.0.1:{port}", log, environ, rules, browser_page, broker)
        try:
            stack.start(output)
            report("starting the services")
            stack.wait_ready(report=lambda name: report(f"{name} is ready"))
            yield stack, output
        finally:
            stack.stop(shutdown_deadline)


def _start_broker(
    environ: Mapping[str, str], port: int | None, folder: Path, report: Callable[[str], None]
) -> AbstractContextManager[EmbeddedKafka]:
    """Return the embedded broker, which runs until the block of the returned context ends."""
    settings = load_embedded_settings(environ)
    report("starting Apache Kafka")
    return EmbeddedKafka.start(
        settings, progress=_report_download(report), preferred_port=port, log_file=folder / "kafka.log"
    )


def _is_ready(page: str) -> bool:
    try:
        return httpx.get(f"{page}/ready", timeout=2.0).status_code == HTTPStatus.OK
    except httpx.HTTPError:
        return False


def _report_download(report: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return a progress function that reports each tenth of the download. A machine downloads Kafka once."""
    reported = set[int]()

    def report_progress(fetched: int, total: int) -> None:
        tenth = fetched * 10 // max(total, 1)
        if tenth not in reported:
            reported.add(tenth)
            report(f"downloading Apache Kafka, {fetched / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report_progress
