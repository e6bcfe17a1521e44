"""The step `evaluate`: scores of exported weights, through the run-time code, on rows that training never saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from services.enrichment.models.onnx_encoder import OnnxEncoder
from services.evaluation.entities import evaluate_entities
from services.evaluation.sentiment import evaluate_sentiment
from services.evaluation.valence import evaluate_valence
from services.training.article.leads import read_leads
from services.training.corpus import CORRECTED, DEVELOPMENT_SETS, PATHS, TARGETS
from services.training.rows import Row, read_rows, read_split

BAD_NEWS: Final = "sentiment/valence/badnewsbias-synthetic.jsonl"
"""Invented headlines that 29 raters judged; no training reads them."""


def evaluate(data: Path, weights: Path) -> dict[str, Any]:
    """Score the weights in a folder on the held-back rows and on the development sets."""
    encoder = OnnxEncoder.from_folder(weights)
    worldwide = evaluate_entities(read_split(data, "worldwide", held_back=True), encoder)
    newsmtsc = evaluate_sentiment(read_split(data, "newsmtsc", held_back=True), encoder)
    others = {name: evaluate_entities(read_rows(data / "ner" / f"{name}.jsonl"), encoder) for name in DEVELOPMENT_SETS}
    return {
        "worldwide": worldwide,
        "newsmtsc": newsmtsc,
        **others,
        CORRECTED: evaluate_entities(_read_dev(data, CORRECTED), encoder),
        TARGETS: evaluate_sentiment((row for row in _read_dev(data, TARGETS) if row["agreed"]), encoder),
        "leads": evaluate_valence(read_leads(data, "dev", agreed_only=True), encoder),
        "bad_news": evaluate_valence(read_rows(data / BAD_NEWS), encoder),
    }


def _read_dev(data: Path, name: str) -> Iterator[Row]:
    return (row for row in read_rows(data / PATHS[name]) if row["split"] == "dev")
