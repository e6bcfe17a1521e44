"""The overlays as `kubectl apply -k` would send them."""

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
OVERLAYS = ("small", "production")
VERSION = "1.34"
"""Of Kubernetes, whose schemas the manifests are held against."""

Manifest = Mapping[str, Any]


def render_text(overlay: str) -> str:
    """The overlay put together, as YAML; the test is skipped, with the reason, where there is no kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not on this machine: the overlays cannot be put together")
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
    """Its manifests."""
    return list(yaml.safe_load_all(render_text(overlay)))
