"""From many small judgements to one.

News is mostly neutral about what it names: a plain mean of ten mentions drowns the one sentence that
takes sides, which is the one a reader remembers. Judgements are therefore averaged with weights that
grow with how far from neutral they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.enrichment.encoder import NEUTRAL, Probabilities

NEUTRAL_WEIGHT: Final = 0.25
"""Weight of a judgement that is neutral for certain; one that is not neutral at all weighs 1 more."""

DECIMALS: Final = 4
"""Decimals of a published probability: finer than its calibration, and the same JSON every time."""


def roll_up(judgements: Iterable[tuple[Probabilities, float]]) -> Probabilities:
    """Average judgements, each with a weight of its own above 0, into one; NEUTRAL when there is none."""
    weighted = [(each, weight * (NEUTRAL_WEIGHT + 1 - each.neutral)) for each, weight in judgements]
    total = sum(weight for _, weight in weighted)
    if total <= 0:
        return NEUTRAL
    return Probabilities(
        negative=sum(each.negative * weight for each, weight in weighted) / total,
        neutral=sum(each.neutral * weight for each, weight in weighted) / total,
        positive=sum(each.positive * weight for each, weight in weighted) / total,
    )


def round_probabilities(exact: Probabilities) -> Probabilities:
    """Round to DECIMALS; what rounding leaves over goes to neutral, so that the sum stays 1."""
    negative, positive = round(exact.negative, DECIMALS), round(exact.positive, DECIMALS)
    return Probabilities(negative, round(max(0.0, 1 - negative - positive), DECIMALS), positive)
