"""Compose project of docker-compose.yml, with its own name and ports, so that another copy may run at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass

from tests.containers.engine import docker
from tests.support.builders import build_article
from tests.support.repository import ROOT

PORTS = {"INGEST_PORT": 18080, "KAFKA_PORT": 19094, "PROMETHEUS_PORT": 19090, "ALERTMANAGER_PORT": 19093}
READY_WITHIN = 600
"""Seconds within which the services are ready: a busy machine needs minutes."""


@dataclass(frozen=True)
class Project:
    """Compose project whose `up` starts the named `services` and their dependencies, or all without a profile."""

    name: str
    services: tuple[str, ...] = ()

    def compose(self, *arguments: str, stdin: str | None = None, within: float = READY_WITHIN) -> str:
        """Run `docker compose` and return its standard output."""
        command = ["docker", "compose", "--project-name", self.name]
        command += ["--profile", "tools", "--profile", "monitoring"] if arguments[0] == "down" else []
        command += arguments
        environ = {**os.environ, **{name: str(port) for name, port in PORTS.items()}}
        done = subprocess.run(
            command, cwd=ROOT, env=environ, input=stdin, capture_output=True, text=True, timeout=within + 60
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def up(self) -> float:
        """Start the services that do not run, and return the seconds until all are ready."""
        started = time.monotonic()
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(READY_WITHIN), *self.services)
        return time.monotonic() - started

    def is_healthy(self, service: str) -> bool:
        """Return whether the last health check of a service's only container succeeded."""
        container = self.compose("ps", "--quiet", service).strip()
        return docker("inspect", "--format", "{{.State.Health.Status}}", container).strip() == "healthy"

    def attempt(self, *numbers: int) -> str:
        """Send the articles with these numbers and wait until each is processed; return what the command printed."""
        lines = "\n".join(json.dumps(build_article(number, seed=900)) for number in numbers)
        return self.compose("run", "--rm", "-T", "tools", "try", "-", "--patience", "240", stdin=lines)
