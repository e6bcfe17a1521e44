"""The container engine, as its command-line client speaks to it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

BASE = "python:3.11-slim-bookworm"
IMAGES = ("ingest", "processor", "sink", "tools")
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""As docker-compose.yml and the manifests run them."""


def docker(*arguments: str, within: float = 300, check: bool = True) -> str:
    """Run the client; returns its standard output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=within)
    if check:
        assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def read_logs(container: str) -> str:
    """What a container has written so far: services log to standard error."""
    done = subprocess.run(["docker", "logs", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def inspect(image: str) -> dict[str, Any]:
    """What the engine knows of an image."""
    found: list[dict[str, Any]] = json.loads(docker("image", "inspect", image))
    return found[0]


def run_python(image: str, code: str) -> str:
    """Standard output of a Python program in a hardened container of the image, without a network."""
    return docker("run", "--rm", "--network", "none", *HARDENED, "--entrypoint", "python", image, "-c", code)


def find_obstacle() -> str | None:
    """Why these tests cannot run here; None when they can."""
    if shutil.which("docker") is None:
        return "no docker client is installed"
    if subprocess.run(["docker", "version"], capture_output=True, timeout=60).returncode:
        return "no Docker engine answers"
    missing = [name for name in IMAGES if not docker("image", "ls", "-q", f"copydesk/{name}")]
    return f"make images has not built {', '.join(missing)}" if missing else None
