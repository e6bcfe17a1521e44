"""The steps that write the weights of topics in int8 and calibrate them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from services.enrichment.models import load_encoder
from services.enrichment.models.piece_cutter import PieceCutter, strip_tokenizer
from services.enrichment.models.topic_network import ARRAYS, MANIFEST, TOKENIZER
from services.enrichment.models.topic_network import TopicNetwork as RunTimeNetwork
from services.evaluation.topics import scan_states, split_headline
from services.training.manifest import compute_sha256, read_record
from services.training.rows import Row
from services.training.topics.labels import (
    LABELS,
    Floats,
    build_targets,
    is_reported,
    list_topics,
    read_labels,
)
from services.training.topics.network import MEAN_SCALE, TopicNetwork
from services.training.topics.states import INPUTS as STATES_INPUTS
from services.training.topics.states import StatePooling, open_state_pooling
from services.training.topics.texts import build_below
from services.training.topics.train import INPUTS, cut_topics_text, open_topic_network, read_topic_logits

LARGEST: Final = 127
"""Largest number of a symmetric int8."""

THRESHOLDS: Final = {"main": 0.2, "other": 0.35, "below": 0.5}
"""Calibrated probabilities from which an event names a topic: the main one, other ones of the top level, and those of
the second level. The first two have the best F1 over all topics on the held-back rows with an even sha256. The third is
higher, because no topic of the second level is better than a wrong one."""


def export_topics(data: Path, run: Path, out: Path, *, name: str, version: str) -> dict[str, Any]:
    """Write the weights of a run to the folder `out`, calibrated on the held-back rows with an even sha256.

    Return the calibration. The vectors of pieces become int8, each with a step of its own.
    """
    network = open_topic_network(run)
    out.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = _quantise(network)
    np.savez(out / ARRAYS, **arrays)
    tokenizer = strip_tokenizer(json.loads((run / TOKENIZER).read_text(encoding="utf-8")))
    (out / TOKENIZER).write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    cutter = PieceCutter.from_file(out / TOKENIZER)
    rows = [row for row in read_labels(data, "dev") if not is_reported(row)]
    logits = read_topic_logits(network, [cut_topics_text(cutter, row["text"]) for row in rows])
    calibration = _calibrate(logits, rows)
    manifest = {
        "name": name,
        "version": version,
        "topics": list_topics(1),
        "below": list_topics(2),
        "thresholds": THRESHOLDS,
        "calibration": calibration,
        "trained_on": read_record(run / INPUTS) | {"labels": compute_sha256(data / LABELS)},
        "files": {file: compute_sha256(out / file) for file in (ARRAYS, TOKENIZER)},
    }
    _write_manifest(out, manifest)
    return {"calibration": calibration, "rows": len(rows)}


def export_states(data: Path, run: Path, weights: Path, *, version: str) -> dict[str, Any]:
    """Add the network of a run over the states of a profile's encoder to the folder `weights`, and calibrate both.

    Return the calibration of the mean of both networks' logits, on the rows of `export_topics`.
    """
    record = read_record(run / STATES_INPUTS)
    profile = record["profile"]
    file = f"{profile}.npz"
    arrays: dict[str, Any] = _quantise_states(open_state_pooling(run))
    np.savez(weights / file, **arrays)
    manifest = read_record(weights / MANIFEST)
    manifest["version"] = version
    manifest["files"] |= {file: compute_sha256(weights / file)}
    trained = {"file": file, "calibration": manifest["calibration"], "trained_on": record}
    manifest["states"] = manifest.get("states", {}) | {profile: trained}
    _write_manifest(weights, manifest)
    rows = [row for row in read_labels(data, "dev") if not is_reported(row)]
    network = RunTimeNetwork.from_folder(weights, profile)
    states = scan_states([row["text"] for row in rows], load_encoder(profile=profile))
    logits = [network.compute_logits(*split_headline(row["text"]), own) for row, own in zip(rows, states, strict=True)]
    trained["calibration"] = _calibrate(np.array(logits), rows)
    _write_manifest(weights, manifest)
    return {"calibration": trained["calibration"], "rows": len(rows)}


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _quantise_states(network: StatePooling) -> dict[str, Floats]:
    """Return the arrays of the run-time network, which reads states that are not scaled."""
    state = {name: tensor.float().numpy() for name, tensor in network.state_dict().items()}
    mean, deviation = state["mean"], state["deviation"]
    repeats = len(state["queries.weight"])
    inner = state["inner.weight"]
    steps = np.abs(inner).max(1) / LARGEST
    return {
        "queries": (state["queries.weight"] / deviation).T.copy(),
        "scales": 1 / deviation,
        "inner": np.rint(inner.T / steps).astype(np.int8),
        "inner_steps": steps,
        "inner_offsets": state["inner.bias"] - inner @ np.tile(mean / deviation, repeats),
        "outer": state["outer.weight"].T.astype(np.float16),
        "outer_offsets": state["outer.bias"],
    }


def _quantise(network: TopicNetwork) -> dict[str, Floats]:
    state = {name: tensor.float().numpy() for name, tensor in network.state_dict().items()}
    pieces = state["pieces.weight"]
    steps = np.maximum(np.abs(pieces).max(1, keepdims=True), 1e-9) / LARGEST
    filters = state["filters.weight"]
    inner = state["inner.weight"].T.copy()
    inner[len(filters) : 2 * len(filters)] *= MEAN_SCALE
    return {
        "pieces": np.rint(pieces / steps).astype(np.int8),
        "steps": steps.astype(np.float32),
        "casings": state["casings.weight"],
        "attention": state["attention.weight"][0],
        "filters": filters.transpose(1, 2, 0).reshape(filters.shape[1], -1).copy(),
        "filter_offsets": state["filters.bias"],
        "inner": inner,
        "inner_offsets": state["inner.bias"],
        "outer": state["outer.weight"].T.copy(),
        "outer_offsets": state["outer.bias"],
    }


def _calibrate(logits: Floats, rows: Sequence[Row]) -> list[list[float]]:
    """Return slope and offset of the logits of each topic, for the top level and for the second level."""
    count = len(list_topics(1))
    top = _fit_logistic(logits[:, count : 2 * count].ravel(), build_targets(rows).each.ravel())
    return [top, _calibrate_below(logits[:, 2 * count :], rows)]


def _calibrate_below(logits: Floats, rows: Sequence[Row]) -> list[float]:
    below = build_below([row["text"] for row in rows])
    known = ~np.isnan(below).any(1)
    return _fit_logistic(logits[known].ravel(), below[known].ravel()) if known.any() else [1.0, 0.0]


def _fit_logistic(scores: Floats, gold: Floats) -> list[float]:
    """Return slope and offset with which the logistic of a score is the probability that it is right (Platt 1999)."""
    inputs, wanted = torch.from_numpy(scores.copy()), torch.from_numpy(gold.copy())
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def compute_loss() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(line[0] * inputs + line[1], wanted)
        loss.backward()
        return loss

    optimiser.step(compute_loss)
    return [round(float(value), 4) for value in line.detach()]
