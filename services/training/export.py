"""The export step: a checkpoint's averaged weights as an int8 model with heads and a manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.heads import HEAD_ARRAYS
from services.enrichment.models.pieces import strip_tokenizer
from services.enrichment.models.weights import FILES, HEADS, MANIFEST, MODEL, TOKENIZER
from services.training.base import sha256_of
from services.training.graph import Arrays, build_graph
from services.training.loop import load_checkpoint
from services.training.shape import Shape

CONTEXT_PIECES: Final = 0
"""Pieces of neighbours that run time reads with a sentence: with these weights context gains nothing."""

QUANTISED: Final = ("MatMul", "Attention")
"""Operators that run in int8: all the matrices; embeddings have a quantisation of their own."""

UNIT_TEMPERATURES: Final = {"tags": 1.0, "target_sentiment": 1.0, "sentence_sentiment": 1.0}


def export(run: Path, out: Path, *, name: str, version: str, context_pieces: int = CONTEXT_PIECES) -> None:
    """Write the weights of `run` to the folder `out`; temperatures start at 1 until they are fitted.

    Raises ValueError when the run has no checkpoint.
    """
    checkpoint = load_checkpoint(run)
    if checkpoint is None:
        raise ValueError(f"{run} has no checkpoint")
    arrays: Arrays = {key: tensor.float().numpy() for key, tensor in checkpoint["average"].items()}
    out.mkdir(parents=True, exist_ok=True)
    inputs = json.loads((run / "inputs.json").read_text(encoding="utf-8"))
    _write_model(arrays, Shape(**inputs["shape"]), out / MODEL)
    heads = {key: arrays[_state_name(key)] for key in HEAD_ARRAYS}
    np.savez(out / HEADS, **heads)  # type: ignore[arg-type]
    description = strip_tokenizer(json.loads((run / "base" / TOKENIZER).read_text(encoding="utf-8")))
    (out / TOKENIZER).write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
    manifest = {
        "name": name,
        "version": version,
        "context_pieces": context_pieces,
        "temperatures": UNIT_TEMPERATURES,
        "labels": {"tags": TAGS, "polarities": POLARITIES},
        "inputs": inputs,
        "progress": checkpoint["progress"],
    }
    write_manifest(out, manifest)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of weights."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a folder's manifest with the sha256 of every file as it is now."""
    files = {file: sha256_of(folder / file) for file in FILES}
    text = json.dumps({**manifest, "files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _write_model(arrays: Arrays, shape: Shape, path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "float.onnx", Path(scratch) / "int8.onnx"
        source.write_bytes(build_graph(arrays, shape).SerializeToString())
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            weight_type=QuantType.QInt8,
            # Shape inference stops at ONNX Runtime's own operators; everything here is float32.
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        shutil.copyfile(target, path)


def _state_name(head_array: str) -> str:
    """`tag_weight` in heads.npz is `tag_head.weight` in the network's state."""
    owner, kind = head_array.rsplit("_", 1)
    return f"{'tag_head' if owner == 'tag' else owner}.{kind}"
