"""Weights: the service starts only if they are what their manifest says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models import load_encoder
from services.enrichment.models.heads import Heads
from services.enrichment.models.session import open_session
from services.enrichment.models.weights import FILES, MANIFEST, read_weights
from services.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_text(name)
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder: Path, **changes: Any) -> None:
    manifest = {
        "name": "desk",
        "version": "9.9.9",
        "article": {"shape": {"layers": 2}},
        "temperatures": {"tags": 1.0, "target_sentiment": 1.1, "sentence_sentiment": 1.2, "article_sentiment": 1.3},
        "labels": {"tags": TAGS, "polarities": POLARITIES},
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
    }
    (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}))


def test_verified_weights_carry_the_identity_of_their_manifest(folder: Path) -> None:
    """Name and version come from the manifest, and the digest is that of the manifest."""
    weights = read_weights(folder)
    assert (weights.identity.name, weights.identity.version) == ("desk", "9.9.9")
    assert weights.identity.sha256 == hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_an_error(folder: Path, name: str) -> None:
    """A changed file is a configuration error that names the file."""
    (folder / name).write_text("changed")
    with pytest.raises(ConfigurationError, match=name):
        read_weights(folder)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_missing_file_is_an_error(folder: Path, name: str) -> None:
    """A missing file is a configuration error that names the file."""
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=name):
        read_weights(folder)


def test_other_labels_are_an_error(folder: Path) -> None:
    """Weights that were trained for other tags are a configuration error."""
    write_manifest(folder, labels={"tags": ["O", "B-X"], "polarities": POLARITIES})
    with pytest.raises(ConfigurationError, match="other labels"):
        read_weights(folder)


@pytest.mark.parametrize("manifest", ["{}", "[]", "not json", '{"files": null}'])
def test_a_broken_manifest_is_an_error(folder: Path, manifest: str) -> None:
    """A manifest that cannot be parsed or lacks fields is a configuration error."""
    (folder / MANIFEST).write_text(manifest)
    with pytest.raises(ConfigurationError, match="manifest"):
        read_weights(folder)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A folder that does not exist is a configuration error."""
    with pytest.raises(ConfigurationError):
        load_encoder(tmp_path / "nowhere")


def test_an_invalid_model_is_an_error() -> None:
    """A model that ONNX Runtime cannot load is a configuration error."""
    with pytest.raises(ConfigurationError, match="ONNX Runtime"):
        open_session(b"not a model")


def test_invalid_heads_are_an_error() -> None:
    """Heads that are not an archive of arrays are a configuration error."""
    with pytest.raises(ConfigurationError, match="heads"):
        Heads.from_bytes(b"not an archive")
