"""The step `evaluate`: scores of exported weights, through the run-time code, on rows that training never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from services.enrichment.models.onnx_encoder import OnnxEncoder
from services.evaluation.entities import evaluate_entities
from services.evaluation.sentiment import evaluate_sentiment
from services.training.rows import read_rows, read_split

DEVELOPMENT_SETS: Final = ("conll2003-dev", "wnut17-dev")
"""Whole files that training does not read, of old newswire and of noisy text; their scores are for orientation."""


def evaluate(data: Path, weights: Path) -> dict[str, Any]:
    """Score the weights in a folder on both held-back splits and on the development sets."""
    encoder = OnnxEncoder.from_folder(weights)
    worldwide = evaluate_entities(read_split(data, "worldwide", held_back=True), encoder)
    newsmtsc = evaluate_sentiment(read_split(data, "newsmtsc", held_back=True), encoder)
    others = {name: evaluate_entities(read_rows(data / "ner" / f"{name}.jsonl"), encoder) for name in DEVELOPMENT_SETS}
    return {"worldwide": worldwide, "newsmtsc": newsmtsc, **others}
