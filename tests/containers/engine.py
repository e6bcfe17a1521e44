"""Container engine, used through its command-line client."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

from tests.support.repository import DEPLOY

_PINNED_BASE = re.compile(r"^ARG PYTHON_IMAGE=(\S+)", re.MULTILINE)
BASE = os.environ.get("PYTHON_IMAGE") or _PINNED_BASE.findall((DEPLOY / "Dockerfile").read_text(encoding="utf-8"))[0]
"""Image on which the images are built: the pinned one, unless the environment names another, as for `make images`."""
IMAGES = ("ingest", "processor", "sink", "tools")
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""Options that docker-compose.yml and the manifests also set."""


def docker(*arguments: str, within: float = 300, check: bool = True) -> str:
    """Run the client and return its standard output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=within)
    if check:
        assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def read_logs(container: str) -> str:
    """Return the output of a container so far; services log to standard error."""
    done = subprocess.run(["docker", "logs", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def inspect(image: str) -> dict[str, Any]:
    """Return the engine's description of an image."""
    found: list[dict[str, Any]] = json.loads(docker("image", "inspect", image))
    return found[0]


def run_python(image: str, code: str) -> str:
    """Run a Python program in a hardened container of the image, without a network, and return its standard output."""
    return docker("run", "--rm", "--network", "none", *HARDENED, "--entrypoint", "python", image, "-c", code)


def find_obstacle() -> str | None:
    """Return why these tests cannot run here, or None if they can."""
    if shutil.which("docker") is None:
        return "no Docker client is installed: install it and put `docker` on the PATH"
    if subprocess.run(["docker", "version"], capture_output=True, timeout=60).returncode:
        return "no Docker engine answers: start one, or set DOCKER_HOST"
    missing = [name for name in IMAGES if not docker("image", "ls", "-q", f"copydesk/{name}")]
    return f"images are missing: {', '.join(missing)}; build them with `make images`" if missing else None
