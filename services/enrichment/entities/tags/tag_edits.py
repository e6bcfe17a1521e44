"""Edits of the tag probabilities of single words, for evidence that the encoder cannot see."""

from __future__ import annotations

from typing import Final

from services.enrichment.entities.tags.occurrences import FloatArray
from services.enrichment.labels import ENTITY_TYPES, OUTSIDE, TAG_INDEX

OUT: Final = TAG_INDEX[OUTSIDE]

BEGIN: Final = {kind: TAG_INDEX[f"B-{kind}"] for kind in ENTITY_TYPES}
"""Position of B- of each type."""

INNER: Final = {kind: TAG_INDEX[f"I-{kind}"] for kind in ENTITY_TYPES}
"""Position of I- of each type."""

CERTAIN: Final = 0.9
"""Probability of a tag that the evidence decides; the rest leaves room for the evidence of other mentions."""


def clear(rows: FloatArray, start: int, end: int) -> None:
    """Make the words `start` to `end`, half open, certainly no part of a name."""
    rows[start:end] = 0.0
    rows[start:end, OUT] = 1.0


def move(rows: FloatArray, word: int, source: int, target: int) -> None:
    """Give the probability of one tag to another."""
    rows[word, target] += rows[word, source]
    rows[word, source] = 0.0


def weaken(rows: FloatArray, word: int, tag: int, factor: float) -> None:
    """Multiply the probability of a tag, and scale all to a sum of 1."""
    rows[word, tag] *= factor
    rows[word] /= rows[word].sum()


def join(rows: FloatArray, start: int, end: int, kind: str) -> None:
    """Make the words `start` to `end`, half open, one name of a type, almost certainly."""
    rows[start:end] *= 1 - CERTAIN
    rows[start, BEGIN[kind]] += CERTAIN
    rows[start + 1 : end, INNER[kind]] += CERTAIN


def sum_type(rows: FloatArray, word: int, kind: str) -> float:
    """Return the probability that a word is in a name of a type."""
    return float(rows[word, BEGIN[kind]] + rows[word, INNER[kind]])
