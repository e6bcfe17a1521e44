"""Precision, recall and F1 from counts, rounded as all commands print them."""

from __future__ import annotations

from typing import Final

DIGITS: Final = 4
"""Decimals of a score: none of the labelled sets is large enough to justify more."""


def compute_scores(*, correct: int, found: int, wanted: int) -> dict[str, float]:
    """Return precision, recall and F1, 0 to 1; a score without anything found or wanted is 0."""
    precision = correct / found if found else 0.0
    recall = correct / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    return {"precision": round(precision, DIGITS), "recall": round(recall, DIGITS), "f1": round(f1, DIGITS)}
