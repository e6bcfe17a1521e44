"""ONNX Runtime sends no telemetry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import onnxruntime


def test_the_installed_release_has_no_telemetry() -> None:
    """The installed ONNX Runtime is older than the first release with telemetry, and contains no address for it."""
    major, minor = (int(part) for part in onnxruntime.__version__.split(".")[:2])
    assert (major, minor) < (1, 29)
    libraries = list(Path(onnxruntime.__file__).parent.glob("capi/*.so*"))
    assert libraries
    assert not any(b"events.data.microsoft.com" in library.read_bytes() for library in libraries)


def test_telemetry_is_switched_off_before_the_import() -> None:
    """The variable against telemetry is set before the import of ONNX Runtime, so that later releases obey it too."""
    code = """
import os, sys
from services.enrichment.models.session import load_runtime
assert "onnxruntime" not in sys.modules and "ORT_DISABLE_TELEMETRY" not in os.environ
seen = []
sys.meta_path.insert(0, type("Spy", (), {"find_spec": lambda name, *_: seen.append((name, dict(os.environ)))}))
load_runtime()
assert next(environ for name, environ in seen if name == "onnxruntime")["ORT_DISABLE_TELEMETRY"] == "1"
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
