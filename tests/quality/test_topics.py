"""Topics on texts that the project wrote: three for each topic of the top level, and short texts of many topics."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.enrichment.models import load_topic_classifier
from services.evaluation.rows import read_rows
from services.evaluation.topics import evaluate_topics, split_headline

ROWS = list(read_rows(Path(__file__).with_name("topics.jsonl")))
SHORT_ROWS = list(read_rows(Path(__file__).with_name("short_topics.jsonl")))
SPORT = "medtop:15000000"

FLOOR = 0.9
"""Lowest share of texts whose main topic is right."""

SHORT_FLOOR = 0.75
"""Lowest share of short texts whose main topic is right."""

CONFIDENT = 0.7
"""Confidence of a main topic that readers trust."""

MOST_CONFIDENTLY_WRONG = 1
"""Highest number of short texts with a confident main topic that is wrong."""

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


def test_short_texts_are_rarely_confidently_wrong() -> None:
    """Headlines with a sentence or two are read rightly for the most part, and what is wrong is rarely confident.

    Their towns have famous football clubs, and are no sign of sport. Texts without topics are about nothing.
    """
    classifier = load_topic_classifier()
    right, confidently_wrong = 0, []
    for row in SHORT_ROWS:
        main = next(iter(classifier.classify(*split_headline(row["text"]))), None)
        if main is not None and main.id in row["topics"]:
            right += 1
        elif main is not None and main.confidence >= CONFIDENT:
            confidently_wrong.append(row["text"])
    assert right >= SHORT_FLOOR * sum(bool(row["topics"]) for row in SHORT_ROWS)
    assert len(confidently_wrong) <= MOST_CONFIDENTLY_WRONG, confidently_wrong
