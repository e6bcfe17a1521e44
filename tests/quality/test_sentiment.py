"""Sentiment on sentences that the project wrote itself."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import Encoder
from services.evaluation.sentiment import evaluate_sentiment
from tests.quality.marked import read_sentiment

FLOOR = 0.90
"""Macro-F1; the sentences are plain, so that a fall means more than bad luck."""

pytestmark = pytest.mark.weights


def test_sentiment_toward_targets_stays_above_its_floor(encoder: Encoder) -> None:
    """Praise, blame and plain report toward a target are told apart at the pinned macro-F1."""
    assert evaluate_sentiment(read_sentiment(), encoder)["macro_f1"] >= FLOOR


def test_two_targets_of_one_sentence_are_judged_apart(encoder: Encoder) -> None:
    """Who is blamed is judged far more negatively than who is praised in the same sentence.

    Which polarity wins is no part of the claim: toward the ministry it hangs in the balance with these weights.
    """
    sentence = (
        "Residents thanked the volunteers for their tireless work and blamed the ministry for its shameful failure."
    )
    targets = ("the volunteers", "the ministry")
    spans = [(sentence.index(target), sentence.index(target) + len(target)) for target in targets]
    praised, blamed = encoder.judge(sentence, spans)
    assert praised.polarity == "positive"
    assert blamed.negative > praised.negative + 0.25
