"""The roll-up of many judgements of sentiment into one, and the sentiment of an article from that of its parts.

News is mostly neutral about what it names. A plain mean of ten mentions hides the one sentence that takes a side, which
is the one that a reader remembers. Judgements are therefore averaged with weights that grow with their distance from
neutral.

Toward an entity that an article is about, each judgement is corrected before, because whole articles praise their
subject more than they blame it. Toward all others nothing is corrected, but where the entity only speaks, or is neither
person, organisation nor place, a polarity needs stronger evidence (docs/tuning.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from services.enrichment.encoder import NEUTRAL, Probabilities

NEUTRAL_WEIGHT: Final = 0.25
"""Weight of a judgement that is certainly neutral; one that is certainly not neutral weighs 1 more."""

NEGATIVE_CORRECTION: Final = -1.2
POSITIVE_CORRECTION: Final = 0.7
"""Numbers added to the logarithms of a judgement toward an entity that an article is about. They are the difference
between the polarities toward the subjects of articles and toward targets of single sentences, and fit the weights:
choose them again with new ones."""

DOUBT_CORRECTION: Final = -1.2
"""Number added to the logarithms of both polarities toward an entity that is nearly always neutral. Sentences take a
side toward fewer speakers than other targets, and the number is most of that difference (docs/tuning.md)."""

MAIN_SHARE: Final = 0.7
"""Share of the tone of all sentences in the sentiment toward the main entity: an article expresses much of its opinion
of that entity in sentences that do not name it. For other entities only their mentions count, because an article may
praise its subject and blame another entity in passing."""

HEADLINE_SHARE: Final = 0.45
"""Share of the headline in the sentiment of an article; the body's beginning has the rest (docs/tuning.md)."""

POOL_CORRECTION: Final = -0.45
"""Number added to the logarithm of neutral in the pool of headline and body. Either alone often says too little to take
a side, and the network is trained to be neutral then; both together say more (docs/tuning.md)."""

SMALLEST: Final = 1e-6
"""Lower bound of a probability in the pool, so that no part excludes a polarity."""

DECIMALS: Final = 4
"""Decimals of a published probability: finer than its calibration, and the JSON is the same every time."""


def sum_weights(judgements: Iterable[tuple[Probabilities, float]]) -> float:
    """Return the sum of the weights that judgements have in a roll-up."""
    return sum(own * (NEUTRAL_WEIGHT + 1 - each.neutral) for each, own in judgements)


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


def combine_passages(headline: Probabilities | None, body: Probabilities | None) -> Probabilities:
    """Combine the sentiment of headline and body into that of the article; NEUTRAL when there is neither.

    The result is their weighted geometric mean, the logarithmic pool of Genest and Zidek (1986), with less of neutral:
    a part that is sure outweighs one that is not.
    """
    if headline is None or body is None:
        return headline or body or NEUTRAL
    pooled = [
        max(one, SMALLEST) ** HEADLINE_SHARE * max(other, SMALLEST) ** (1 - HEADLINE_SHARE)
        for one, other in zip(_list(headline), _list(body), strict=True)
    ]
    negative, neutral, positive = pooled
    neutral *= math.exp(POOL_CORRECTION)
    total = negative + neutral + positive
    return Probabilities(negative / total, neutral / total, positive / total)


def blend(first: Probabilities, second: Probabilities, share: float) -> Probabilities:
    """Return a mean of two sentiments, in which the second has a share, 0 to 1."""
    return Probabilities(
        negative=(1 - share) * first.negative + share * second.negative,
        neutral=(1 - share) * first.neutral + share * second.neutral,
        positive=(1 - share) * first.positive + share * second.positive,
    )


def correct_judgement(judged: Probabilities, strength: float) -> Probabilities:
    """Correct one judgement toward an entity for the share of polarities toward the subjects of articles.

    `strength`, 0 to 1, is the share of the correction that is made. A judgement that is certain hardly changes, however
    rare its polarity is; see Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
    probabilities" (Neural Computation 2002).
    """
    if not strength:
        return judged
    return _multiply_odds(judged, NEGATIVE_CORRECTION * strength, POSITIVE_CORRECTION * strength)


def doubt_polarity(judged: Probabilities) -> Probabilities:
    """Correct a judgement toward an entity that is nearly always neutral: only a sure one still has its polarity."""
    return _multiply_odds(judged, DOUBT_CORRECTION, DOUBT_CORRECTION)


def _multiply_odds(judged: Probabilities, negative_logit: float, positive_logit: float) -> Probabilities:
    negative, positive = judged.negative * math.exp(negative_logit), judged.positive * math.exp(positive_logit)
    total = negative + judged.neutral + positive
    return Probabilities(negative / total, judged.neutral / total, positive / total)


def round_probabilities(exact: Probabilities) -> Probabilities:
    """Round to DECIMALS; the remainder of the rounding is added to neutral, so that the sum stays 1."""
    negative, positive = round(exact.negative, DECIMALS), round(exact.positive, DECIMALS)
    return Probabilities(negative, round(max(0.0, 1 - negative - positive), DECIMALS), positive)


def _list(probabilities: Probabilities) -> tuple[float, float, float]:
    return probabilities.negative, probabilities.neutral, probabilities.positive
