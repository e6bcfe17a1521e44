"""The step `calibrate`: temperatures that make probabilities agree with the share of correct answers.

They are fitted on each held-back set. Their gain is measured on halves of the set, which keep articles and sentences
whole: each half is measured with the temperature that fits the other one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.enrichment.encoder import Probabilities
from services.enrichment.labels import POLARITIES, POLARITY_INDEX, find_spans
from services.enrichment.models.onnx_encoder import OnnxEncoder
from services.enrichment.models.tag_decoding import decode_spans, softmax
from services.enrichment.models.weights import read_weights
from services.evaluation.scores import expected_calibration_error
from services.training.article.leads import read_leads
from services.training.corpus import PATHS, TARGETS, build_sentiment_examples
from services.training.manifest import UNIT_TEMPERATURES, read_manifest, write_manifest
from services.training.rows import Row, hash_to_percent, read_rows, read_split

GRID: Final = [round(0.5 + 0.05 * step, 2) for step in range(51)]
"""Temperatures that are tried, 0.5 to 3. The loss is flat around its minimum, so that a finer grid fits noise."""

FLOOR: Final = 1e-9
"""Lower bound of a probability before its logarithm is computed."""

Confidence = tuple[float, bool]
Judged = list[tuple[Probabilities, int]]
Halves = tuple[list[Row], list[Row]]


def calibrate(data: Path, weights: Path) -> dict[str, Any]:
    """Fit the temperatures of the weights in a folder, write them to its manifest, and return a report.

    The report has the value of each temperature, and the expected calibration error before and after, on rows on which
    it was not fitted.
    """
    plain = read_weights(weights)
    encoder = OnnxEncoder(
        dataclasses.replace(
            plain, tag_temperature=1.0, target_temperature=1.0, sentence_temperature=1.0, article_temperature=1.0
        )
    )
    report = {
        "tags": _calibrate_tags(encoder, _halve(read_split(data, "worldwide", held_back=True), "article")),
        "target_sentiment": _calibrate_targets(encoder, data),
        "sentence_sentiment": _calibrate_sentiment(encoder, _read_sentences(data)),
        "article_sentiment": _calibrate_polarities(_judge_leads(encoder, data)),
    }
    manifest = read_manifest(weights)
    manifest["temperatures"] = {name: report[name]["temperature"] for name in UNIT_TEMPERATURES}
    write_manifest(weights, manifest)
    return report


def _halve(rows: Iterable[Row], field: str) -> Halves:
    halves: Halves = ([], [])
    for row in rows:
        halves[hash_to_percent(f"calibration\n{row[field]}") % 2].append(row)
    return halves


def _calibrate_targets(encoder: OnnxEncoder, data: Path) -> dict[str, float]:
    """Fit the temperature whose larger calibration error over two sets is smallest.

    NewsMTSC's sentences were chosen because they take a side; most of the other set's are neutral. A temperature that
    fits one of them alone is far off on the other.
    """
    own = [row for row in read_rows(data / PATHS[TARGETS]) if row["split"] == "dev" and row["agreed"]]
    sets = [
        [[_judge(encoder, row) for row in half] for half in _halve(rows, "sentence")]
        for rows in (read_split(data, "newsmtsc", held_back=True), own)
    ]

    def compute_loss(half: int, temperature: float) -> float:
        return max(expected_calibration_error(_list_polarity_confidences(judged[half], temperature)) for judged in sets)

    def list_confidences(half: int, temperature: float) -> list[Confidence]:
        return [each for judged in sets for each in _list_polarity_confidences(judged[half], temperature)]

    def compute_larger_error(temperature: float) -> float:
        whole = (_list_polarity_confidences([*judged[0], *judged[1]], temperature) for judged in sets)
        return max(map(expected_calibration_error, whole))

    # An error over bins is no sum over rows: that of the whole sets is not the sum of their halves'.
    return _fit(compute_loss, list_confidences) | {"temperature": min(GRID, key=compute_larger_error)}


def _read_sentences(data: Path) -> Halves:
    """Return the sentences whose targets all agree, as rows whose span is the sentence."""
    examples = build_sentiment_examples("newsmtsc", read_split(data, "newsmtsc", held_back=True))
    agreed = [
        {"sentence": each.text, "start": 0, "end": len(each.text), "polarity": POLARITIES[each.polarity]}
        for each in examples
        if each.polarity is not None
    ]
    return _halve(agreed, "sentence")


def _judge_leads(encoder: OnnxEncoder, data: Path) -> list[Judged]:
    """Judge the held-back leads, in two halves that keep articles whole."""
    halves = _halve(read_leads(data, "dev", agreed_only=True), "article")
    return [
        [
            (judged, POLARITY_INDEX[row["polarity"]])
            for row, judged in zip(half, encoder.judge_passages([row["text"] for row in half]), strict=True)
        ]
        for half in halves
    ]


def _calibrate_sentiment(encoder: OnnxEncoder, halves: Halves) -> dict[str, float]:
    return _calibrate_polarities([[_judge(encoder, row) for row in half] for half in halves])


def _calibrate_polarities(judged: Sequence[Judged]) -> dict[str, float]:
    def compute_loss(half: int, temperature: float) -> float:
        return -sum(math.log(max(p[gold], FLOOR)) for p, gold in _rescale(judged[half], temperature))

    def list_confidences(half: int, temperature: float) -> list[Confidence]:
        return _list_polarity_confidences(judged[half], temperature)

    return _fit(compute_loss, list_confidences)


def _list_polarity_confidences(judged: Judged, temperature: float) -> list[Confidence]:
    return [(float(p.max()), int(p.argmax()) == gold) for p, gold in _rescale(judged, temperature)]


def _judge(encoder: OnnxEncoder, row: Row) -> tuple[Probabilities, int]:
    (judged,) = encoder.judge(row["sentence"], [(row["start"], row["end"])])
    return judged, POLARITY_INDEX[row["polarity"]]


def _rescale(judged: Sequence[tuple[Probabilities, int]], temperature: float) -> list[tuple[Any, int]]:
    logits = np.log([[max(v, FLOOR) for v in (p.negative, p.neutral, p.positive)] for p, _ in judged])
    return list(zip(softmax(logits, temperature), (gold for _, gold in judged), strict=True))


def _calibrate_tags(encoder: OnnxEncoder, halves: Halves) -> dict[str, float]:
    scored = [_score(encoder, half) for half in halves]

    def list_confidences(half: int, temperature: float) -> list[Confidence]:
        return _list_confidences(scored[half], temperature)

    def compute_loss(half: int, temperature: float) -> float:
        confidences = list_confidences(half, temperature)
        return -sum(math.log(max(p if correct else 1 - p, FLOOR)) for p, correct in confidences)

    return _fit(compute_loss, list_confidences)


def _score(encoder: OnnxEncoder, rows: Sequence[Row]) -> list[tuple[Any, set[tuple[int, int, str]]]]:
    """Return, for each row, the log probabilities of its words with pieces and its gold spans over these words."""
    scored = []
    for _, members in groupby(rows, key=lambda row: row["article"]):
        article = list(members)
        for row, (kept, probabilities) in zip(article, encoder.score([r["tokens"] for r in article]), strict=True):
            gold = find_spans([row["tags"][word] for word in kept])
            scored.append((np.log(np.maximum(probabilities, FLOOR)), gold))
    return scored


def _list_confidences(scored: Sequence[tuple[Any, set[tuple[int, int, str]]]], temperature: float) -> list[Confidence]:
    decoded = decode_spans([softmax(logits, temperature) for logits, _ in scored])
    return [
        (span.probability, (span.start, span.end, span.type) in gold)
        for spans, (_, gold) in zip(decoded, scored, strict=True)
        for span in spans
    ]


def _fit(
    compute_loss: Callable[[int, float], float], list_confidences: Callable[[int, float], list[Confidence]]
) -> dict[str, float]:
    """Return the temperature with the lowest loss, and the calibration errors before and after.

    The functions take a half (0 or 1) and a temperature.
    """
    losses = np.array([[compute_loss(half, temperature) for temperature in GRID] for half in (0, 1)])
    own = [GRID[int(row.argmin())] for row in losses]
    before = list_confidences(0, 1.0) + list_confidences(1, 1.0)
    after = list_confidences(0, own[1]) + list_confidences(1, own[0])
    return {
        "temperature": GRID[int(losses.sum(axis=0).argmin())],
        "calibration_error_before": round(expected_calibration_error(before), 4),
        "calibration_error_after": round(expected_calibration_error(after), 4),
    }
