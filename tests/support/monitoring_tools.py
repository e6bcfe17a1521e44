"""Prometheus' programs, if this machine has them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = PROMETHEUS / "rules"
UNPACKED = ROOT / ".venv" / "monitoring" / "usr" / "bin"
"""Folder in which `make monitoring-tools` puts the programs."""
MISSING = "{} is not on this machine: `make monitoring-tools`, or apt-get install prometheus prometheus-alertmanager"


def find_tool(name: str) -> str:
    """Return the path of a program; skip the test with the reason if it is missing."""
    found = shutil.which(name) or shutil.which(name, path=str(UNPACKED))
    if found is None:
        pytest.skip(MISSING.format(name))
    return found


def run_tool(name: str, *arguments: str | Path, within: float = 120) -> str:
    """Run a program and return its output; fail the test if its exit code is not 0."""
    done = subprocess.run(
        [find_tool(name), *map(str, arguments)], capture_output=True, text=True, timeout=within, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def is_ready(client: httpx.Client) -> bool:
    """Return whether the Prometheus or Alertmanager of a client is ready."""
    try:
        return client.get("/-/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
