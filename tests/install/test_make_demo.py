"""`make demo` of a new clone, as a person runs it the first time, and the second time without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.install.disk_usage import LIMIT, measure_files
from tests.support.repository import ROOT

pytestmark = [pytest.mark.install, pytest.mark.timeout(3600)]

NOBODY = 65_534
"""User and group without rights on Linux; used where the tests run as root."""
MACHINE = r"^PIP_|(?i:proxy$)|CA_BUNDLE$|^SSL_CERT_"
"""Pattern of the variables that say how this machine reaches the network."""
WITHOUT_NETWORK = ROOT / "tests/install/without_network.py"
WITHIN = 3000
"""Seconds in which `make demo` must end, with the download of every package."""


@dataclass(frozen=True, slots=True)
class Clone:
    """A new clone in a folder whose path has spaces, with a home of its own, which belong to a user who is not root."""

    folder: Path
    home: Path

    def run(self, *command: str, has_network: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone as its user."""
        is_root = os.geteuid() == 0
        if not has_network:
            command = (sys.executable, str(WITHOUT_NETWORK), str(NOBODY), *command)
        # Registries, proxies and certificates are the machine's; all other variables are a new user's.
        given = {name: value for name, value in os.environ.items() if re.search(MACHINE, name)}
        path = "/usr/local/bin:/usr/bin:/bin" if is_root else os.environ["PATH"]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**given, "PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "100"},
            user=NOBODY if is_root and has_network else None,
            group=NOBODY if is_root and has_network else None,
            extra_groups=() if is_root and has_network else None,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    """Yield a copy of the files that git knows, without an environment."""
    place = Path(tempfile.mkdtemp(prefix="copydesk install "))
    clone = Clone(place / "a clone", place / "a home")
    clone.home.mkdir()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = clone.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    if os.geteuid() == 0:
        for path in (place, *place.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    try:
        yield clone
    finally:
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def first(clone: Clone) -> subprocess.CompletedProcess[str]:
    """Return what the first `make demo` printed."""
    return clone.run("make", "demo")


def test_the_first_demo_works(first: subprocess.CompletedProcess[str]) -> None:
    """`make demo` installs and shows the samples, for a user who is not root, in a path with spaces."""
    assert first.returncode == 0, first.stdout[-4000:] + first.stderr[-4000:]
    assert "Velden wins the queen stage" in first.stdout


def test_the_installation_says_what_it_does(first: subprocess.CompletedProcess[str]) -> None:
    """The installation says what it downloads, and prints no warning."""
    assert "Installing" in first.stdout and "Downloading" in first.stdout
    assert "warning" not in (first.stdout + first.stderr).lower()


def test_the_environment_is_small(clone: Clone, first: subprocess.CompletedProcess[str]) -> None:
    """After `make demo`, .venv is within its limit on disk."""
    size = measure_files((clone.folder / ".venv").rglob("*"))
    print(clone.run("make", "install-size").stdout)
    assert size <= LIMIT, f"{size / 1e6:.0f} MB"


def test_the_second_demo_needs_no_network(clone: Clone, first: subprocess.CompletedProcess[str]) -> None:
    """The second `make demo` works on a machine without a network."""
    if clone.run("true", has_network=False).returncode:
        pytest.skip("this machine allows no network namespace")
    done = clone.run("make", "demo", has_network=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Installing" not in done.stdout
