"""The export step: a checkpoint's averaged weights as an int8 model with heads and a manifest."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.heads import HEAD_ARRAYS
from services.enrichment.models.piece_cutter import PieceCutter, strip_tokenizer
from services.enrichment.models.weights import FILES, HEADS, MANIFEST, MODEL, TOKENIZER
from services.training.base import sha256_of
from services.training.graph import Arrays, Range, Ranges, build_graph
from services.training.loop import load_checkpoint
from services.training.ranges import describe, draw_sentences, observe_ranges
from services.training.shape import Shape

RANGES: Final = "ranges.json"
"""In a run that was thawed: the ranges that its weights were exported with."""

CALIBRATION_SEED: Final = 20261124
"""Decides which training sentences the ranges are observed on."""

UNIT_TEMPERATURES: Final = {"tags": 1.0, "target_sentiment": 1.0, "sentence_sentiment": 1.0}


def export(data: Path, run: Path, out: Path, *, name: str, version: str) -> None:
    """Write the weights of `run` to the folder `out`; temperatures start at 1 until they are fitted.

    The ranges of int8 come from the training sentences under `data`, or from the weights that `run` was thawed of.
    Raises ValueError when the run has no checkpoint.
    """
    checkpoint = load_checkpoint(run)
    if checkpoint is None:
        raise ValueError(f"{run} has no checkpoint")
    arrays: Arrays = {key: tensor.float().numpy() for key, tensor in checkpoint["average"].items()}
    inputs = json.loads((run / "inputs.json").read_text(encoding="utf-8"))
    shape = Shape(**inputs["shape"])
    description = json.dumps(
        strip_tokenizer(json.loads((run / "base" / TOKENIZER).read_text(encoding="utf-8"))), ensure_ascii=False
    )
    ranges = _read_ranges(run)
    if ranges is None:
        sentences = draw_sentences(data, PieceCutter.from_json(description), CALIBRATION_SEED)
        ranges = observe_ranges(arrays, shape, sentences, CALIBRATION_SEED)
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL).write_bytes(build_graph(arrays, shape, ranges).SerializeToString())
    np.savez(out / HEADS, **{key: arrays[name_in_state(key)] for key in HEAD_ARRAYS})  # type: ignore[arg-type]
    (out / TOKENIZER).write_text(description, encoding="utf-8")
    manifest = {
        "name": name,
        "version": version,
        "temperatures": UNIT_TEMPERATURES,
        "labels": {"tags": TAGS, "polarities": POLARITIES},
        "shape": asdict(shape),
        "ranges": describe(ranges),
        "inputs": inputs,
        "progress": checkpoint["progress"],
    }
    write_manifest(out, manifest)


def _read_ranges(run: Path) -> Ranges | None:
    path = run / RANGES
    if not path.exists():
        return None
    return {name: Range(*limits) for name, limits in json.loads(path.read_text(encoding="utf-8")).items()}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of weights."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a folder's manifest with the sha256 of every file as it is now."""
    files = {file: sha256_of(folder / file) for file in FILES}
    text = json.dumps({**manifest, "files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def name_in_state(head_array: str) -> str:
    """`sentiment_outer_weight` in heads.npz is `sentiment_outer.weight` in the network's state."""
    return ".".join(head_array.rsplit("_", 1))
