"""The step `dequantise`: published weights back in float, as a trained run to label with, to prune or to train further.

The precision that int8 rounded away is lost. When the weights are exported again without training, their readings are
the same as before.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from services.enrichment.labels import POLARITIES
from services.enrichment.models.heads import HEAD_ARRAYS
from services.enrichment.models.weights import ARTICLE, EMBEDDINGS, HEADS, MANIFEST, MODEL, TOKENIZER
from services.training.article.train import ARTICLE_CHECKPOINT, ARTICLE_INPUTS
from services.training.export import NEUTRAL_SHIFT, RANGES, name_in_state
from services.training.graph import SPAN_HEAD, Arrays
from services.training.loop import CHECKPOINT
from services.training.manifest import compute_sha256, read_manifest, write_record
from services.training.shape import Shape

FLOAT_HEADS: Final = ("article_inner", "article_outer")
"""Linear layers that a graph has in float."""

FLOAT_NAMES: Final = {"positions": "positions.weight", "casing_table": "casings.weight"}
"""Arrays that a graph has in float under another name than the network's state."""


def dequantise(weights: Path, run: Path) -> Shape:
    """Write the exported weights in a folder to `run`, as if they had just been trained there."""
    manifest = read_manifest(weights)
    # Weights before 3.0.0 have the embeddings in the model's graph.
    files = [weights / name for name in (EMBEDDINGS, MODEL) if (weights / name).exists()]
    state = read_graphs([onnx.load(str(file)).graph for file in files])
    with np.load(weights / HEADS, allow_pickle=False) as heads:
        state |= {name_in_state(name): heads[name] for name in HEAD_ARRAYS}
    # A graph has only as many positions as a window has pieces.
    shape = replace(Shape(**manifest["inputs"]["shape"]), positions=len(state["positions.weight"]))
    published = {
        "name": manifest["name"],
        "version": manifest["version"],
        "sha256": compute_sha256(weights / MANIFEST),
    }
    inputs = manifest["inputs"] | {
        "base": manifest["inputs"]["base"] | {"published": published},
        "shape": asdict(shape),
    }
    (run / "base").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights / TOKENIZER, run / "base" / TOKENIZER)
    (run / "inputs.json").write_text(json.dumps(inputs, indent=2) + "\n", encoding="utf-8")
    (run / RANGES).write_text(json.dumps(manifest["ranges"], indent=2) + "\n", encoding="utf-8")
    average = {name: torch.from_numpy(np.array(array, np.float32)) for name, array in state.items()}
    torch.save({"average": average, "progress": manifest["progress"]}, run / CHECKPOINT)
    if "article" in manifest:
        dequantise_article(weights, run, state, manifest["article"], published)
    return shape


def dequantise_article(
    weights: Path, run: Path, encoder: Arrays, described: dict[str, Any], published: dict[str, str]
) -> None:
    """Write the network of the sentiment of articles to `run`, as if it had just been trained there.

    `encoder` has the arrays of the encoder in the same weights, and `described` is the manifest's part about articles.
    The record of the run names the `published` weights in place of the record of their training, which they have.
    """
    own = read_graphs([onnx.load(str(weights / ARTICLE)).graph])
    own["article_outer.bias"] = own["article_outer.bias"].copy()
    # Weights before 3.2.0 do not say the number.
    own["article_outer.bias"][POLARITIES.index("neutral")] -= described.get("neutral_shift", NEUTRAL_SHIFT)
    # The network has the encoder's embeddings and heads too; it uses the embeddings alone.
    shared = {name: array for name, array in encoder.items() if not name.startswith("layers.")}
    body = shared | {name: array for name, array in own.items() if not name.startswith("article_")}
    state = {f"body.{name}": array for name, array in body.items()}
    state |= {name: array for name, array in own.items() if name.startswith("article_")}
    inputs = described["inputs"]
    record = {name: inputs[name] for name in ("start", "data", "options") if name in inputs}
    shape = inputs["shape"] | {"positions": len(encoder["positions.weight"])}
    write_record(run / ARTICLE_INPUTS, record | {"shape": shape, "labels": None, "published": published})
    network = {name: torch.from_numpy(np.array(array, np.float32)) for name, array in state.items()}
    torch.save({"network": network}, run / ARTICLE_CHECKPOINT)


def read_graphs(graphs: Sequence[onnx.GraphProto]) -> Arrays:
    """Return the network's arrays from its int8 graphs, by their names in the network's state."""
    arrays = {item.name: numpy_helper.to_array(item) for graph in graphs for item in graph.initializer}
    norms = [name for name in arrays if "norm." in name]
    state: Arrays = {name: arrays[name] for name in norms}
    if "word_table" in arrays:
        state |= {ours: arrays[name] for name, ours in FLOAT_NAMES.items()}
        state["words.weight"] = arrays["word_table"] * arrays["word_scales"]
    if "tag_head.weight" in arrays:
        state |= {"tag_head.weight": arrays["tag_head.weight"].T, "tag_head.bias": arrays["tag_head.bias"]}
    for name in FLOAT_HEADS:
        if f"{name}.m" in arrays:
            state |= {f"{name}.weight": arrays[f"{name}.m"].T, f"{name}.bias": arrays[f"{name}.bias"]}
    for name, parts in _find_products(graphs).items():
        matrices = [(arrays[node.input[1]] * arrays[node.input[3]]).T for node in parts]
        # The two halves of the span head have different inputs; any other matrix was split by its outputs.
        state[f"{name}.weight"] = np.concatenate(matrices, axis=1 if name == SPAN_HEAD else 0)
        if name != SPAN_HEAD:
            state[f"{name}.bias"] = np.concatenate([arrays[node.input[6]] for node in parts])
    return state


def _find_products(graphs: Sequence[onnx.GraphProto]) -> dict[str, list[onnx.NodeProto]]:
    """Return the nodes that multiply with each matrix, by the matrix's name, in the graphs' order."""
    products: dict[str, list[onnx.NodeProto]] = {}
    for node in chain.from_iterable(graph.node for graph in graphs):
        if node.op_type == "MatMulIntegerToFloat":
            products.setdefault(node.input[2].removesuffix(".scale"), []).append(node)
    return products
