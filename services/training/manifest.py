"""The manifest of a folder of weights: what the weights are, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from services.enrichment.models.weights import FILES, MANIFEST

UNIT_TEMPERATURES: Final = {"tags": 1.0, "target_sentiment": 1.0, "sentence_sentiment": 1.0, "article_sentiment": 1.0}
"""Temperatures of weights that are not calibrated yet."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of weights."""
    return read_record(folder / MANIFEST)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a folder's manifest with the sha256 of every file as it is now."""
    files = {file: compute_sha256(folder / file) for file in FILES}
    text = json.dumps({**manifest, "files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of a run, or another JSON object in a file."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write the record of a run."""
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def compute_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
