"""docker-compose.yml, run under a name and on ports of its own, beside one that may run."""

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
"""Seconds; a busy machine needs minutes where an idle one needs half of one."""


@dataclass(frozen=True)
class Project:
    """A compose project; `up` starts the `services` named, with what they wait for, or all without a profile."""

    name: str
    services: tuple[str, ...] = ()

    def compose(self, *arguments: str, given: str | None = None, within: float = READY_WITHIN) -> str:
        """Run `docker compose`; returns its standard output."""
        command = ["docker", "compose", "--project-name", self.name]
        command += ["--profile", "tools", "--profile", "monitoring"] if arguments[0] == "down" else []
        command += arguments
        environ = {**os.environ, **{name: str(port) for name, port in PORTS.items()}}
        done = subprocess.run(
            command, cwd=ROOT, env=environ, input=given, capture_output=True, text=True, timeout=within + 60
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def up(self) -> float:
        """Start what does not run; returns the seconds until all is ready."""
        started = time.monotonic()
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(READY_WITHIN), *self.services)
        return time.monotonic() - started

    def is_healthy(self, service: str) -> bool:
        """What the engine's last health check of a service's one container said."""
        container = self.compose("ps", "--quiet", service).strip()
        return docker("inspect", "--format", "{{.State.Health.Status}}", container).strip() == "healthy"

    def attempt(self, *numbers: int) -> str:
        """Send articles of these numbers and wait for each at its end."""
        given = "\n".join(json.dumps(build_article(number, seed=900)) for number in numbers)
        return self.compose("run", "--rm", "-T", "tools", "try", "-", "--patience", "240", given=given)
