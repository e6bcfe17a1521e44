"""The step `export`: the averaged weights of a checkpoint as an int8 model with heads and a manifest."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.enrichment.labels import POLARITIES, TAGS
from services.enrichment.models.heads import HEAD_ARRAYS
from services.enrichment.models.passages import PASSAGE_PIECES
from services.enrichment.models.piece_cutter import PieceCutter, strip_tokenizer
from services.enrichment.models.weights import ARTICLE, EMBEDDINGS, HEADS, MODEL, TOKENIZER
from services.training.article.leads import draw_leads
from services.training.article.train import ARTICLE_INPUTS, load_article_state
from services.training.graph import (
    Arrays,
    Range,
    Ranges,
    build_article_graph,
    build_embeddings,
    build_graph,
)
from services.training.labelled_sentence import truncate
from services.training.loop import load_checkpoint
from services.training.manifest import UNIT_TEMPERATURES, write_manifest
from services.training.network import EMBEDDING_NAMES
from services.training.ranges import draw_sentences, list_limits, observe_article_ranges, observe_ranges
from services.training.shape import Shape

RANGES: Final = "ranges.json"
"""File in a dequantised run with the ranges with which its weights were exported."""

NEUTRAL_SHIFT: Final = 0.9
"""Number added to the neutral logit of an article, unless another one is given: raters of single headlines say
"neutral" more often than the readers of the training texts. Chosen on headlines of SemEval-2007 and on the held-back
leads together (docs/tuning.md)."""

CALIBRATION_SEED: Final = 20261124
"""Seed that decides on which training sentences the ranges are observed."""


def export(
    data: Path, run: Path, article: Path, out: Path, *, name: str, version: str, neutral_shift: float = NEUTRAL_SHIFT
) -> None:
    """Write the weights of `run` and of the run `article` to the folder `out`.

    All temperatures are 1 until they are fitted. The ranges of int8 come from the training sentences under `data`, or,
    for a dequantised run, from its weights.
    Raises ValueError when a run has no checkpoint, or when the two runs do not have the same embeddings.
    """
    checkpoint = load_checkpoint(run)
    if checkpoint is None:
        raise ValueError(f"{run} has no checkpoint: run the step `train` or `dequantise` first")
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
    (out / EMBEDDINGS).write_bytes(build_embeddings(arrays).SerializeToString())
    (out / MODEL).write_bytes(build_graph(arrays, shape, ranges).SerializeToString())
    np.savez(out / HEADS, **{key: arrays[name_in_state(key)] for key in HEAD_ARRAYS})  # type: ignore[arg-type]
    (out / TOKENIZER).write_text(description, encoding="utf-8")
    manifest = {
        "name": name,
        "version": version,
        "temperatures": UNIT_TEMPERATURES,
        "labels": {"tags": TAGS, "polarities": POLARITIES},
        "shape": asdict(shape),
        "ranges": list_limits(ranges),
        "inputs": inputs,
        "progress": checkpoint["progress"],
        "article": _export_article(data, article, out, arrays, PieceCutter.from_json(description), neutral_shift),
    }
    write_manifest(out, manifest)


def _export_article(
    data: Path, run: Path, out: Path, encoder: Arrays, cutter: PieceCutter, neutral_shift: float
) -> dict[str, Any]:
    """Write the graph of the sentiment of articles, and return its part of the manifest."""
    arrays: Arrays = {
        key.removeprefix("body."): tensor.float().numpy() for key, tensor in load_article_state(run).items()
    }
    shared = [key for key in encoder if key.startswith(EMBEDDING_NAMES)]
    different = [key for key in shared if not np.array_equal(arrays[key], encoder[key])]
    if different:
        raise ValueError(
            f"{run} has other embeddings than the encoder ({', '.join(different)}): train it from that run"
        )
    arrays["article_outer.bias"][POLARITIES.index("neutral")] += neutral_shift
    inputs = json.loads((run / ARTICLE_INPUTS).read_text(encoding="utf-8"))
    shape = Shape(**inputs["shape"])
    texts = [truncate(cutter.cut(text), PASSAGE_PIECES) for text in draw_leads(data, CALIBRATION_SEED)]
    ranges = observe_article_ranges(arrays, shape, texts, CALIBRATION_SEED)
    (out / ARTICLE).write_bytes(build_article_graph(arrays, shape, ranges).SerializeToString())
    return {
        "shape": asdict(shape),
        "ranges": list_limits(ranges),
        "neutral_shift": neutral_shift,
        "inputs": inputs,
    }


def _read_ranges(run: Path) -> Ranges | None:
    path = run / RANGES
    if not path.exists():
        return None
    return {name: Range(*limits) for name, limits in json.loads(path.read_text(encoding="utf-8")).items()}


def name_in_state(head_array: str) -> str:
    """Return the name in the network's state: `sentiment_outer.weight` for `sentiment_outer_weight` of heads.npz."""
    return ".".join(head_array.rsplit("_", 1))
