"""Addresses of Copydesk for a command: what is given, else the desk that `copydesk up` runs here, else the defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli.console.progress import print_status
from services.cli.kafka.connection import BOOTSTRAP, read_kafka, read_layout
from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings, name_variable

if TYPE_CHECKING:
    from services.cli.desk.state import DeskState

BOOTSTRAP_SERVERS = "127.0.0.1:9092"
"""Address of Kafka if nothing else is given, and where `copydesk up` runs it if that port is free."""
INGEST_URL = "http://127.0.0.1:8080"
"""URL of the ingest API if nothing else is given, and where `copydesk up` runs it if that port is free."""
PAGE_PORT = 8090
"""Port of the page if none is given and this one is free."""


class Addresses:
    """Addresses that a command uses. An option or a variable wins over the desk that runs on this machine."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        url: str | None = None,
        bootstrap_servers: str | None = None,
        report: Callable[[str], None] = print_status,
    ) -> None:
        self._environ = environ
        self._url = url or environ.get(name_variable("client", "url"))
        self._bootstrap_servers = bootstrap_servers or environ.get(BOOTSTRAP)
        self._report = report

    @cached_property
    def _desk(self) -> DeskState | None:
        from services.cli.desk.state import find_desk

        return find_desk(self._environ, self._report)

    @property
    def url(self) -> str:
        """Base URL of the ingest API."""
        return self._url or (self._desk.ingest if self._desk else INGEST_URL)

    @property
    def kafka(self) -> KafkaSettings:
        """Settings of the Kafka clients. Raises ConfigurationError, which names each wrong variable."""
        servers = self._bootstrap_servers or (self._desk.bootstrap_servers if self._desk else BOOTSTRAP_SERVERS)
        return read_kafka(self._environ, servers)

    @property
    def layout(self) -> TopicLayout:
        """Names of the topics. Raises ConfigurationError for wrong settings."""
        return read_layout(self._environ)

    @property
    def rules(self) -> Path | None:
        """Routing rules of the desk that runs on this machine; None if another desk is addressed or none runs."""
        if self._url or self._bootstrap_servers or self._desk is None:
            return None
        from services.sink.rules import EXAMPLE_RULES

        return self._desk.rules or EXAMPLE_RULES
