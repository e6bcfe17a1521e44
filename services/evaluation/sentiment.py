"""Scores of sentiment toward a target on labelled sentences: macro-F1, accuracy and calibration."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder, Probabilities
from services.enrichment.labels import POLARITIES
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import DIGITS, compute_scores

CALIBRATION_BINS: Final = 15
"""Bins of the expected calibration error: the usual number."""


def evaluate_sentiment(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score an encoder on rows of `sentence`, `start`, `end` (code points) and `polarity`.

    One line for each row, with `polarity` and `predicted`, is written to `predictions`. Raises PermanentError naming
    the first bad row.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    confidences: list[tuple[float, bool]] = []
    seconds = 0.0
    for row in check_rows(rows, _find_problem):
        began = time.perf_counter()
        (judged,) = encoder.judge(row["sentence"], [(row["start"], row["end"])])
        seconds += time.perf_counter() - began
        pairs[row["polarity"], judged.polarity] += 1
        confidences.append((confidence_of(judged), judged.polarity == row["polarity"]))
        if predictions is not None:
            predictions.write(json.dumps({"polarity": row["polarity"], "predicted": judged.polarity}) + "\n")
    return report_polarities(pairs, confidences, seconds, encoder)


def expected_calibration_error(confidences: Sequence[tuple[float, bool]]) -> float:
    """Return the mean gap, 0 to 1, between confidence and accuracy over equal-width bins of confidence.

    The measure is from Naeini, Cooper and Hauskrecht (2015).
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, correct in confidences:
        bins.setdefault(min(int(confidence * CALIBRATION_BINS), CALIBRATION_BINS - 1), []).append((confidence, correct))
    gaps = [abs(sum(correct - confidence for confidence, correct in members)) for members in bins.values()]
    return sum(gaps) / len(confidences) if confidences else 0.0


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    sentence, start, end = row.get("sentence"), row.get("start"), row.get("end")
    if not isinstance(sentence, str):
        return "`sentence` is not a string"
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(sentence):
        return "`start` and `end` are not a span of `sentence`"
    if row.get("polarity") not in POLARITIES:
        return f"`polarity` is not one of {', '.join(POLARITIES)}"
    return None


def confidence_of(judged: Probabilities) -> float:
    """Return the probability of the polarity that is published."""
    return max(judged.negative, judged.neutral, judged.positive)


def score_classes(pairs: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Return macro-F1, accuracy and the scores of each polarity, from counts of (gold, predicted)."""
    classes = {polarity: _score_class(pairs, polarity) for polarity in POLARITIES}
    total, correct = pairs.total(), sum(pairs[polarity, polarity] for polarity in POLARITIES)
    return {
        "macro_f1": round(sum(scores["f1"] for scores in classes.values()) / len(classes), DIGITS),
        "accuracy": round(correct / total, DIGITS) if total else 0.0,
        "classes": classes,
    }


def _score_class(pairs: Counter[tuple[str, str]], polarity: str) -> dict[str, float | int]:
    correct = pairs[polarity, polarity]
    gold = sum(count for (wanted, _), count in pairs.items() if wanted == polarity)
    predicted = sum(count for (_, found), count in pairs.items() if found == polarity)
    return {**compute_scores(correct=correct, found=predicted, wanted=gold), "gold": gold, "predicted": predicted}


def report_polarities(
    pairs: Counter[tuple[str, str]], confidences: Sequence[tuple[float, bool]], seconds: float, encoder: Encoder
) -> dict[str, Any]:
    """Return the report of judged rows, from counts of (gold, predicted), confidences and the time it took."""
    total = pairs.total()
    return {
        **score_classes(pairs),
        "calibration_error": round(expected_calibration_error(confidences), DIGITS),
        "rows": total,
        "rows_per_second": round(total / seconds, 1) if seconds else 0.0,
        "model": {"name": encoder.identity.name, "version": encoder.identity.version},
    }
