"""The images contain what their services import; those without NLP contain no NLP library."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

from services import __version__
from tests.support.locks import NLP, normalise, read_lock
from tests.support.repository import DEPLOY, ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
ENTRY_POINTS = {
    "ingest": ("services.ingest",),
    "processor": ("services.processor",),
    "sink": ("services.sink",),
    "archive": ("services.archive",),
    "tools": (
        "services.cli.articles.backfill",
        "services.cli.articles.reading",
        "services.cli.desk.try_",
        "services.cli.console.progress",
        "services.cli.articles.send",
        "services.cli.kafka.tail",
        "services.cli.kafka.topics",
    ),
}


@cache
def find_imports(image: str) -> frozenset[str]:
    """Return all modules that an image's code can import, including imports inside functions."""
    graph = grimp.build_graph("services", include_external_packages=True, cache_dir=None)
    own = {module for root in ENTRY_POINTS[image] for module in (root, *graph.find_descendants(root))}
    return frozenset(own.union(*(graph.find_upstream_modules(module) for module in own)))


@pytest.mark.parametrize("image", sorted(ENTRY_POINTS))
def test_lock_installs_every_imported_package(image: str) -> None:
    """Every package that an image's code can import is in the image's own lock."""
    third = {m.split(".")[0] for m in find_imports(image)} - {"services"} - sys.stdlib_module_names
    distributions = packages_distributions()
    missing = {module for module in third if not {normalise(name) for name in distributions[module]} & read_lock(image)}
    assert third and missing == set()


@pytest.mark.parametrize("image", sorted(ENTRY_POINTS))
def test_image_copies_the_modules_that_it_imports(image: str) -> None:
    """Every part of services/ that an image's code can import is copied into it, and no other part."""
    stages = re.split(r"^FROM .* AS ", DOCKERFILE, flags=re.MULTILINE)
    mine = [stage for stage in stages if stage.startswith(("common\n", f"build-{image}\n"))]
    copied = set(
        re.findall(r"services/(\w+)", " ".join(line for s in mine for line in re.findall(r"^COPY.*", s, re.M)))
    )
    needed = {name.split(".")[1] for name in find_imports(image) if name.startswith("services.")}
    assert needed <= copied | {"__init__"}
    assert copied - needed <= {"__init__", "cli"}


def test_the_build_sees_what_it_copies() -> None:
    """`.dockerignore` lets in each file that the Dockerfile copies, and each licence file that the package names."""
    allowed = [Path(line[1:]) for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    lines = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {Path(name) for line in lines for name in line.split()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {Path(name) for name in (project["readme"], *project["license-files"])}
    assert named <= copied
    assert {path for path in copied if not any(path.is_relative_to(name) for name in allowed)} == set()
    assert {path for path in copied if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("image", ["ingest", "sink", "archive", "tools"])
def test_no_nlp_outside_the_processor(image: str) -> None:
    """No image but that of the processor can import an NLP library, numpy or faust, and none of them installs one."""
    assert {module.split(".")[0] for module in find_imports(image)} & NLP == set()
    assert read_lock(image) & {normalise(name) for name in NLP} == set()


def test_copydesk_prints_its_help_without_the_missing_packages() -> None:
    """`copydesk` prints its help without the packages that the tools' image lacks."""
    absent = [f"services.{name}" for name in ("embedded", "enrichment", "evaluation", "processor", "training")]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); sys.argv = ['copydesk', '--help']\n"
        "from services.cli.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "tail" in done.stdout


def test_locks_have_hashes_and_no_addresses() -> None:
    """Each lock pins every package by hash and names no index."""
    for path in (DEPLOY / "locks").glob("*.lock"):
        text = path.read_text(encoding="utf-8")
        entries = re.split(r"\n(?=[a-z0-9])", text)
        assert all("--hash=sha256:" in entry for entry in entries if re.match(r"[a-z0-9]", entry))
        assert "://" not in text


def test_image_names_the_version() -> None:
    """An image that is built without arguments has the package's version in its label."""
    assert f"ARG VERSION={__version__}\n" in DOCKERFILE
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
