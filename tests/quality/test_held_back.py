"""The floors on labelled rows that training never saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.enrichment.encoder import Encoder
from services.evaluation.entities import evaluate_entities
from services.evaluation.sentiment import evaluate_sentiment
from services.training.rows import read_split

ENTITY_FLOOR = 0.86
"""F1 over PER, ORG and LOC on worldwide's held-back articles."""

SENTIMENT_FLOOR = 0.75
"""Macro-F1 on NewsMTSC's held-back sentences."""

CALIBRATION_CEILING = 0.06
"""Expected calibration error there."""

pytestmark = pytest.mark.weights


def test_entities_of_held_back_articles(encoder: Encoder, data: Path) -> None:
    """Persons, organisations and places of unseen articles are found at the pinned F1."""
    report = evaluate_entities(read_split(data, "worldwide", held_back=True), encoder)
    assert report["per_org_loc"]["f1"] >= ENTITY_FLOOR


def test_sentiment_of_held_back_sentences(encoder: Encoder, data: Path) -> None:
    """Sentiment toward targets in unseen sentences reaches the pinned macro-F1, with honest probabilities."""
    report = evaluate_sentiment(read_split(data, "newsmtsc", held_back=True), encoder)
    assert report["macro_f1"] >= SENTIMENT_FLOOR
    assert report["calibration_error"] <= CALIBRATION_CEILING
