"""A folder of weights, read and checked against its manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.enrichment.encoder import Identity
from services.enrichment.labels import POLARITIES, TAGS
from services.errors import ConfigurationError

MANIFEST: Final = "manifest.json"
EMBEDDINGS: Final = "embeddings.onnx"
MODEL: Final = "model.onnx"
ARTICLE: Final = "article.onnx"
HEADS: Final = "heads.npz"
TOKENIZER: Final = "tokenizer.json"

FILES: Final = (EMBEDDINGS, MODEL, ARTICLE, HEADS, TOKENIZER)

INSTALL_WEIGHTS: Final = "install the weights again"
"""Remedy for a file that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class EncoderWeights:
    """Verified weights of the encoder in memory.

    The temperatures, above 0, divide logits so that probabilities are calibrated.
    """

    identity: Identity
    tag_temperature: float
    target_temperature: float
    sentence_temperature: float
    article_temperature: float
    embeddings: bytes
    model: bytes
    article: bytes
    article_layers: int
    heads: bytes
    tokenizer: str


def read_weights(folder: Path) -> EncoderWeights:
    """Read and verify the weights in `folder`.

    Raises ConfigurationError when a file is missing or differs from the manifest, or when the weights were trained for
    other labels.
    """
    manifest_bytes = read_file(folder / MANIFEST)
    try:
        manifest = json.loads(manifest_bytes)
        contents = {name: read_verified(folder / name, manifest["files"][name]) for name in FILES}
        _check_labels(folder, manifest)
        return _build(manifest, hashlib.sha256(manifest_bytes).hexdigest(), contents)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{folder / MANIFEST} is not a manifest of weights: {error!r}; {INSTALL_WEIGHTS}"
        ) from error


def _build(manifest: dict[str, Any], digest: str, contents: dict[str, bytes]) -> EncoderWeights:
    temperatures = manifest["temperatures"]
    return EncoderWeights(
        identity=Identity(str(manifest["name"]), str(manifest["version"]), digest),
        tag_temperature=float(temperatures["tags"]),
        target_temperature=float(temperatures["target_sentiment"]),
        sentence_temperature=float(temperatures["sentence_sentiment"]),
        article_temperature=float(temperatures["article_sentiment"]),
        embeddings=contents[EMBEDDINGS],
        model=contents[MODEL],
        article=contents[ARTICLE],
        article_layers=int(manifest["article"]["shape"]["layers"]),
        heads=contents[HEADS],
        tokenizer=contents[TOKENIZER].decode(),
    )


def read_file(path: Path, remedy: str = INSTALL_WEIGHTS) -> bytes:
    """Read a file of weights. Raises ConfigurationError, which says the remedy, if that fails."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}; {remedy}") from error


def read_verified(path: Path, expected: str, remedy: str = INSTALL_WEIGHTS) -> bytes:
    """Read a file that has this SHA-256. Raises ConfigurationError, which says the remedy, if it has another one."""
    content = read_file(path, remedy)
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ConfigurationError(f"{path} has sha256 {digest}, but its manifest has {expected}; {remedy}")
    return content


def _check_labels(folder: Path, manifest: dict[str, Any]) -> None:
    labels = manifest["labels"]
    if tuple(labels["tags"]) != TAGS or tuple(labels["polarities"]) != POLARITIES:
        raise ConfigurationError(
            f"the weights in {folder} were trained for other labels than {TAGS} and {POLARITIES}; use weights of this "
            "version"
        )
