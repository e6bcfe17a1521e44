"""Sentiment of articles on headlines and leads that the project wrote.

`valence.jsonl` has headlines with their kind. `reversals.jsonl` has headlines and leads in which the same words are
good news, bad news or neither. No training has read them, and their writer has not read the training's written texts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.enrichment.encoder import Encoder
from services.evaluation.valence import evaluate_valence

ROWS = [json.loads(line) for line in Path(__file__).with_name("valence.jsonl").read_text("utf-8").splitlines()]

REVERSALS = [json.loads(line) for line in Path(__file__).with_name("reversals.jsonl").read_text("utf-8").splitlines()]

FLOOR = 0.83
"""Lowest accuracy. Some headlines are hard on purpose: what falls is bad, a rescue is full of grim words."""

REVERSALS_FLOOR = 0.69
"""Lowest accuracy of `reversals.jsonl`."""

pytestmark = pytest.mark.weights


def test_bad_news_and_good_news_stay_above_their_floor(encoder: Encoder) -> None:
    """The polarity of the headlines reaches the pinned accuracy."""
    assert evaluate_valence(ROWS, encoder)["accuracy"] >= FLOOR


def test_an_outcome_decides_and_not_the_words(encoder: Encoder) -> None:
    """An outbreak that is over, a strike that is called off and a suspect who is cleared are judged by the outcome."""
    assert evaluate_valence(REVERSALS, encoder)["accuracy"] >= REVERSALS_FLOOR


def test_bad_news_is_hardly_ever_good_news(encoder: Encoder) -> None:
    """At most one in eight of the headlines with bad or good news gets the opposite polarity."""
    judged = encoder.judge_passages([row["text"] for row in ROWS])
    sided = [
        (row["polarity"], own.polarity) for row, own in zip(ROWS, judged, strict=True) if row["polarity"] != "neutral"
    ]
    opposite = [pair for pair in sided if "neutral" not in pair and pair[0] != pair[1]]
    assert len(opposite) <= len(sided) / 8


def test_a_passage_alone_is_judged_exactly_as_among_others(encoder: Encoder) -> None:
    """The sentiment of a passage is the same to the last bit whatever is read with it."""
    texts = [row["text"] for row in ROWS]
    together = encoder.judge_passages(texts)
    assert [encoder.judge_passages([text])[0] for text in texts] == together
    assert [*encoder.judge_passages(texts[:5]), *encoder.judge_passages(texts[5:])] == together
