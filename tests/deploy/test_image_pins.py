"""Images that are not ours: pinned by tag and digest in every file, and moved by one command."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.errors import ConfigurationError
from services.reference.__main__ import app
from services.reference.images import PINNED, ask_registry, find_pins, list_files
from tests.support.repository import ROOT

IMAGE = re.compile(r"(?:^\s*(?:- )?image:|^ARG PYTHON_IMAGE=|^FROM) *(?P<image>\S+)", re.MULTILINE)
OURS = ("copydesk/", "${PYTHON_IMAGE}")
STAGES = re.compile(r"^FROM \S+ AS (\S+)", re.MULTILINE)
NEW = f"sha256:{'5' * 64}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the files that name images."""
    for path in list_files(ROOT):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `docker` first on the PATH that prints the file `answer`, or fails if there is none."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\nexec cat {folder}/answer\n')
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def test_every_foreign_image_is_pinned() -> None:
    """Each image in Docker Compose, the Dockerfile and the manifests is ours or has a tag and a digest."""
    stages = STAGES.findall((ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"))
    found = [image for path in list_files(ROOT) for image in IMAGE.findall((ROOT / path).read_text(encoding="utf-8"))]
    foreign = [image for image in found if not image.startswith(OURS) and image not in stages]
    assert len(foreign) == 6
    assert [image for image in foreign if PINNED.search(image) is None] == []


def test_an_image_has_one_digest() -> None:
    """The same image has the same digest in every file."""
    assert {image: len(digests) for image, digests in find_pins(ROOT).items() if len(digests) > 1} == {}


def test_the_pins_move_in_every_file(copy: Path, registry: Path) -> None:
    """The command writes the registry's digest in each file that names the image, and changes nothing else."""
    before = {path: (copy / path).read_text(encoding="utf-8") for path in list_files(copy)}
    (registry / "answer").write_text(f"{NEW}\n")
    done = CliRunner().invoke(app, ["--root", str(copy), "images"])
    assert done.exit_code == 0 and done.output.count(f" is now {NEW}\n") == len(find_pins(ROOT))
    assert {image for line in (registry / "calls").read_text().splitlines() for image in [line.split()[3]]} == set(
        find_pins(ROOT)
    )
    assert all(digests == {NEW} for digests in find_pins(copy).values())
    for path, text in before.items():
        assert re.sub("sha256:[0-9a-f]{64}", NEW, text) == (copy / path).read_text(encoding="utf-8")
    again = CliRunner().invoke(app, ["--root", str(copy), "--check", "images"])
    assert again.exit_code == 0 and "every pinned digest is that of its tag" in again.output


def test_check_writes_nothing(copy: Path, registry: Path) -> None:
    """With --check a moved tag is named, the exit code is 1, and no file changes."""
    (registry / "answer").write_text(f"{NEW}\n")
    done = CliRunner().invoke(app, ["--root", str(copy), "--check", "images"])
    assert done.exit_code == 1 and "is now" in done.output
    assert find_pins(copy) == find_pins(ROOT)


@pytest.mark.parametrize("answer", [None, "", "unknown\n", "sha256:12\n"])
def test_an_answer_without_a_digest_changes_nothing(copy: Path, registry: Path, answer: str | None) -> None:
    """If a registry gives no digest, the command names the image and writes no file."""
    if answer is not None:
        (registry / "answer").write_text(answer)
    done = CliRunner().invoke(app, ["--root", str(copy), "images"])
    assert done.exit_code == 2 and "apache/kafka:" in done.output and "gave no digest" in done.output
    assert find_pins(copy) == find_pins(ROOT)


def test_without_docker_the_error_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Docker the error names the command."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="imagetools inspect example/one:2"):
        ask_registry("example/one:2")
