"""Images, manifests and Docker Compose name the version of this release."""

from __future__ import annotations

import re
import subprocess
import tomllib

from services import __version__
from tests.support.repository import DEPLOY, ROOT

OWN_IMAGE = re.compile(r"image: copydesk/([a-z]+)(?::(\S+))?$", re.MULTILINE)
WITH_OWN_IMAGES = (ROOT / "docker-compose.yml", *sorted((DEPLOY / "kubernetes").rglob("*.yaml")))


def test_manifests_name_this_version() -> None:
    """Each image of ours, in Docker Compose and in every manifest, has this version as its tag."""
    found = [pair for path in WITH_OWN_IMAGES for pair in OWN_IMAGE.findall(path.read_text(encoding="utf-8"))]
    assert {name for name, _ in found} == {"ingest", "processor", "sink", "archive", "tools"}
    assert {tag for _, tag in found} == {__version__}


def test_make_tags_images_with_the_version() -> None:
    """`make images` tags each image with the version, and the package and the Dockerfile have the same one."""
    printed = subprocess.run(["make", "-n", "images"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"-t copydesk/$image:{__version__} " in printed and f"--build-arg VERSION={__version__} " in printed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert f"ARG VERSION={__version__}\n" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_changelog_has_this_version() -> None:
    """The newest release in the changelog is this version."""
    headings = re.findall(r"^## (\d\S+) \(", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == __version__
