"""Scores that several commands report: precision, recall, F1, shares and the calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DIGITS: Final = 4
"""Decimals of a score: none of the labelled sets is large enough to justify more."""

CALIBRATION_BINS: Final = 15
"""Bins of the expected calibration error: the usual number."""


def compute_scores(*, correct: int, found: int, wanted: int) -> dict[str, float]:
    """Return rounded precision, recall and F1, 0 to 1; a score without anything found or wanted is 0."""
    precision = correct / found if found else 0.0
    recall = correct / wanted if wanted else 0.0
    return round_scores(precision, recall)


def round_scores(precision: float, recall: float) -> dict[str, float]:
    """Return precision, recall and their F1, rounded."""
    f1 = compute_f1(precision, recall)
    return {"precision": round(precision, DIGITS), "recall": round(recall, DIGITS), "f1": round(f1, DIGITS)}


def compute_f1(precision: float, recall: float) -> float:
    """Return the F1 of precision and recall; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def compute_share(part: float, whole: int) -> float:
    """Return a part as a rounded share of the whole; 0 if the whole is 0."""
    return round(part / whole, DIGITS) if whole else 0.0


def expected_calibration_error(confidences: Sequence[tuple[float, bool]], bins: int = CALIBRATION_BINS) -> float:
    """Return the mean gap, 0 to 1, between confidence and accuracy over equal-width bins of confidence.

    The measure is from Naeini, Cooper and Hauskrecht (2015).
    """
    binned: dict[int, list[tuple[float, bool]]] = {}
    for confidence, correct in confidences:
        binned.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, correct))
    gaps = [abs(sum(correct - confidence for confidence, correct in members)) for members in binned.values()]
    return sum(gaps) / len(confidences) if confidences else 0.0
