"""Topics on texts that the project wrote, three for each topic of the top level."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.enrichment.models import load_topic_classifier
from services.evaluation.rows import read_rows
from services.evaluation.topics import evaluate_topics, split_headline

ROWS = list(read_rows(Path(__file__).with_name("topics.jsonl")))
SPORT = "medtop:15000000"

FLOOR = 0.75
"""Lowest share of texts whose main topic is right."""

pytestmark = pytest.mark.weights


def test_main_topics_stay_above_their_floor() -> None:
    """The main topic of the texts is right in at least the pinned share, and no topic is unknown to the network."""
    scores = evaluate_topics(ROWS, load_topic_classifier())["main"]
    assert scores["accuracy"] >= FLOOR
    assert all(topic["f1"] > 0 for topic in scores["topics"].values())


def test_sport_is_separated_from_everything_else() -> None:
    """A rule about sport finds each text about sport and no other text."""
    classifier = load_topic_classifier()
    for row in ROWS:
        found = {reading.id for reading in classifier.classify(*split_headline(row["text"]))}
        assert (SPORT in found) is (row["topics"] == [SPORT]), row["text"]
