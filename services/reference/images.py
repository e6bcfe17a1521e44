"""Images that are not ours: each is pinned by a tag, for people, and by a digest, which names its bytes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from services.errors import ConfigurationError
from services.reference.files import Files

PINNED = re.compile(r"(?P<image>[a-z0-9][a-z0-9./-]*:[A-Za-z0-9_][\w.-]*)@(?P<digest>sha256:[0-9a-f]{64})(?![0-9a-f])")
"""A reference with tag and digest, as Docker, Compose and Kubernetes read it."""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REGISTRY_SECONDS = 120
"""Longest wait for the answer of a registry."""

Resolver = Callable[[str], str]
"""Returns the digest that the registry has for an image with a tag now."""


def list_files(root: Path) -> list[Path]:
    """Return the files that may name images, relative to the root of the repository."""
    manifests = sorted((root / "deploy" / "kubernetes").rglob("*.yaml"))
    return [
        path.relative_to(root) for path in (root / "docker-compose.yml", root / "deploy" / "Dockerfile", *manifests)
    ]


def find_pins(root: Path) -> dict[str, set[str]]:
    """Return each pinned image with its digests; more than one digest is an error of the files."""
    pins: dict[str, set[str]] = {}
    for path in list_files(root):
        for found in PINNED.finditer((root / path).read_text(encoding="utf-8")):
            pins.setdefault(found["image"], set()).add(found["digest"])
    return pins


def ask_registry(image: str) -> str:
    """Return the digest of the image in its registry, by `docker buildx imagetools inspect`.

    For an image of several platforms it is the digest of their list. Raises ConfigurationError if Docker or its buildx
    plugin is missing, or if the registry gives no digest.
    """
    command = ["docker", "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=REGISTRY_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"{image}: `{' '.join(command)}` failed: {error}") from error
    digest = done.stdout.strip()
    if done.returncode or not DIGEST.fullmatch(digest):
        reason = (done.stderr or done.stdout).strip() or "it printed nothing"
        raise ConfigurationError(f"{image}: `{' '.join(command)}` gave no digest: {reason}")
    return digest


def pin(root: Path, resolve: Resolver) -> tuple[Files, dict[str, str]]:
    """Return the files with the digests that the tags have now, and the new digest of each image whose digest changed.

    Nothing is written. Raises what `resolve` raises.
    """
    pins = find_pins(root)
    current = {image: resolve(image) for image in sorted(pins)}
    files: dict[Path, str] = {}
    for path in list_files(root):
        text = (root / path).read_text(encoding="utf-8")
        files[path] = PINNED.sub(lambda found: f"{found['image']}@{current[found['image']]}", text)
    return files, {image: digest for image, digest in current.items() if pins[image] != {digest}}
