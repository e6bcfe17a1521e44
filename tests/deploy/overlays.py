"""Manifests of the overlays, as `kubectl apply -k` would send them."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.support.repository import DEPLOY

KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("small", "production", "staging", "managed")
VERSION = "1.34"
"""Version of Kubernetes by whose schemas the manifests are checked."""

Manifest = Mapping[str, Any]


def render_text(overlay: str) -> str:
    """Return the overlay's manifests as YAML, or skip the test if there is no kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not on this machine: the overlays cannot be built")
    return _kustomize(overlay)


@functools.cache
def _kustomize(overlay: str) -> str:
    folder = KUBERNETES / "overlays" / overlay
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def render(overlay: str) -> list[Manifest]:
    """Return the overlay's manifests."""
    return list(yaml.safe_load_all(render_text(overlay)))
