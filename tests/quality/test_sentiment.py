"""Sentiment of sentences that the project wrote."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import Encoder
from services.evaluation.sentiment import evaluate_sentiment
from tests.quality.marked import read_sentiment

FLOOR = 0.90
"""Lowest macro-F1. The sentences are clear, so that a lower score is a real loss and not chance."""

pytestmark = pytest.mark.weights


def test_sentiment_toward_targets_stays_above_its_floor(encoder: Encoder) -> None:
    """The polarity toward targets reaches the pinned macro-F1."""
    assert evaluate_sentiment(read_sentiment(), encoder)["macro_f1"] >= FLOOR


def test_two_targets_of_one_sentence_have_their_own_sentiment(encoder: Encoder) -> None:
    """A blamed target is far more negative than a praised target in the same sentence.

    The polarity of the blamed target is not checked: with these weights its two highest probabilities are nearly equal.
    """
    sentence = (
        "Residents thanked the volunteers for their tireless work and blamed the ministry for its shameful failure."
    )
    targets = ("the volunteers", "the ministry")
    spans = [(sentence.index(target), sentence.index(target) + len(target)) for target in targets]
    praised, blamed = encoder.judge(sentence, spans)
    assert praised.polarity == "positive"
    assert blamed.negative > praised.negative + 0.25
