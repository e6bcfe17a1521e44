"""ONNX Runtime tells nobody what it runs."""

from __future__ import annotations

import os
from pathlib import Path

import onnxruntime

from services.enrichment.models import session


def test_the_release_is_one_without_telemetry() -> None:
    """The installed ONNX Runtime is older than the first that reports by default, and has no address to report to."""
    major, minor = (int(part) for part in onnxruntime.__version__.split(".")[:2])
    assert (major, minor) < (1, 29)
    libraries = list(Path(onnxruntime.__file__).parent.glob("capi/*.so*"))
    assert libraries
    assert not any(b"events.data.microsoft.com" in library.read_bytes() for library in libraries)


def test_telemetry_is_switched_off_before_the_import() -> None:
    """Whoever raises the version still finds it switched off."""
    assert session.onnxruntime is onnxruntime  # type: ignore[attr-defined]
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
