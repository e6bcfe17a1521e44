"""The roll-up of many judgements of sentiment into one.

News is mostly neutral about what it names. A plain mean of ten mentions hides the one sentence that takes a side, which
is the one that a reader remembers. Judgements are therefore averaged with weights that grow with their distance from
neutral.

The result is then corrected for the share of polarities among the training sentences. The constants were chosen on one
half of PerSenT and checked on the other (docs/tuning.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from services.enrichment.encoder import NEUTRAL, Probabilities

NEUTRAL_WEIGHT: Final = 0.25
"""Weight of a judgement that is certainly neutral; one that is certainly not neutral weighs 1 more."""

NEGATIVE_CORRECTION: Final = -0.6
POSITIVE_CORRECTION: Final = 0.2
"""Numbers added to the logarithms of rolled-up probabilities. The encoder learned from NewsMTSC, whose sentences were
chosen because they take a side, three against for every two in favour. Whole articles praise more than they blame."""

MAIN_SHARE: Final = 0.5
"""Share of the article's own sentiment in the sentiment toward its main entity: an article expresses much of its
opinion of that entity in sentences that do not name it. Values from 0.4 to 0.75 score the same. For other entities only
their mentions count, because an article may praise its subject and blame another entity in passing."""

DECIMALS: Final = 4
"""Decimals of a published probability: finer than its calibration, and the JSON is the same every time."""


def roll_up(judgements: Iterable[tuple[Probabilities, float]]) -> Probabilities:
    """Average judgements, each with its own weight above 0; return NEUTRAL when there is none."""
    negative = neutral = positive = total = 0.0
    for each, own in judgements:
        weight = own * (NEUTRAL_WEIGHT + 1 - each.neutral)
        negative += each.negative * weight
        neutral += each.neutral * weight
        positive += each.positive * weight
        total += weight
    return Probabilities(negative / total, neutral / total, positive / total) if total > 0 else NEUTRAL


def blend(toward: Probabilities, article: Probabilities) -> Probabilities:
    """Mix the sentiment toward the mentions of the article's main entity with the article's own sentiment."""
    return Probabilities(
        negative=(1 - MAIN_SHARE) * toward.negative + MAIN_SHARE * article.negative,
        neutral=(1 - MAIN_SHARE) * toward.neutral + MAIN_SHARE * article.neutral,
        positive=(1 - MAIN_SHARE) * toward.positive + MAIN_SHARE * article.positive,
    )


def correct_polarity_share(rolled: Probabilities) -> Probabilities:
    """Correct a rolled-up sentiment for the share of polarities among the training sentences; apply it once, last."""
    negative, positive = (
        rolled.negative * math.exp(NEGATIVE_CORRECTION),
        rolled.positive * math.exp(POSITIVE_CORRECTION),
    )
    total = negative + rolled.neutral + positive
    return Probabilities(negative / total, rolled.neutral / total, positive / total)


def round_probabilities(exact: Probabilities) -> Probabilities:
    """Round to DECIMALS; the remainder of the rounding is added to neutral, so that the sum stays 1."""
    negative, positive = round(exact.negative, DECIMALS), round(exact.positive, DECIMALS)
    return Probabilities(negative, round(max(0.0, 1 - negative - positive), DECIMALS), positive)
