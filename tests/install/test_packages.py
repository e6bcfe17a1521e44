"""The packages of the locks, as they are installed here."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.install.disk_usage import LIMIT, measure_package, normalise, read_names
from tests.support.repository import ROOT

INSTALLED = {normalise(package.name): package for package in distributions()}
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock", *sorted((ROOT / "deploy/locks").glob("*.lock")))
REST = 70_000_000
"""Upper bound, in bytes, of what an environment has beside the files of the lock's packages: pip, and the modules that
Python has compiled because the demo uses them."""


def test_what_runs_is_within_its_limit() -> None:
    """The packages that `make demo` installs leave room for the rest within the limit of .venv."""
    installed = [INSTALLED[name] for name in read_names(ROOT / "requirements.lock") if name in INSTALLED]
    size = sum(measure_package(package) for package in installed)
    assert size + REST <= LIMIT, f"{size / 1e6:.0f} MB; `make install-size` lists the largest packages"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_is_complete(lock: Path) -> None:
    """A lock has every package that one of its packages needs, except those that pyproject.toml excludes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = read_names(lock)
    needed = {need for name in names if name in INSTALLED for need in list_needs(name)}
    assert needed - names <= set(project["tool"]["uv"]["exclude-dependencies"])


def list_needs(name: str) -> set[str]:
    """Return the names of the packages that an installed package needs here, without those of its extras."""
    requirements = [Requirement(text) for text in INSTALLED[name].requires or ()]
    return {
        normalise(requirement.name)
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }


def test_this_python_is_among_the_supported_ones() -> None:
    """The classifiers name the version of Python that runs this suite, and the README names exactly the same ones."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.findall(r"Programming Language :: Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in versions
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"You need Python {', '.join(versions[:-1])} or {versions[-1]}, and make." in readme
