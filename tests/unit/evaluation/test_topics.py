"""Scores of topics: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json

import pytest

from services.errors import PermanentError
from services.evaluation.topics import evaluate_topics
from tests.support.fake_topics import POLITICS, FakeTopicClassifier
from tests.support.quiet_annotate import QuietEncoder

SPORT = "medtop:15000000"
ROWS = [
    {"text": "Vote\n\nThe council met.", "topics": [POLITICS]},
    {"text": "The council plays football.", "topics": [SPORT, POLITICS]},
    {"text": "A match was played.", "topics": [SPORT]},
]


def test_main_topics_and_all_topics_are_scored() -> None:
    """A second topic counts among all topics and not as the main one; a text without an answer is a miss."""
    out = io.StringIO()
    report = evaluate_topics(ROWS, FakeTopicClassifier(), QuietEncoder(), out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["predicted"] for line in lines] == [[POLITICS], [POLITICS], []]
    assert report["main"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["main"]["topics"][POLITICS] == {
        "name": "politics and government",
        "precision": 0.5,
        "recall": 1.0,
        "f1": pytest.approx(2 / 3, abs=1e-4),
        "gold": 1,
    }
    assert report["all"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3, abs=1e-4)}
    assert report["sure"] == {"share": pytest.approx(2 / 3, abs=1e-4), "accuracy": 0.5, "among_topics": 1.0}
    assert report["calibration_error"] == pytest.approx(0.1)


def test_no_rows_score_zero() -> None:
    """An empty file gives a report of zeros."""
    assert evaluate_topics([], FakeTopicClassifier(), QuietEncoder())["main"]["accuracy"] == 0.0


@pytest.mark.parametrize("change", [{"text": 5}, {"topics": []}, {"topics": ["sport"]}, {"topics": "medtop:15000000"}])
def test_a_bad_row_is_named(change: dict[str, object]) -> None:
    """A row of another form is an error with its number."""
    with pytest.raises(PermanentError, match="1"):
        evaluate_topics([ROWS[0] | change], FakeTopicClassifier(), QuietEncoder())
