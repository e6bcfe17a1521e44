"""Scores of sentiment: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from services.errors import PermanentError
from services.evaluation.linking import BINS
from services.evaluation.scores import CALIBRATION_BINS, expected_calibration_error
from services.evaluation.sentiment import evaluate_sentiment
from tests.support.fake_encoder import FakeEncoder


def make_row(sentence: str, polarity: str) -> dict[str, Any]:
    return {"sentence": sentence, "start": 0, "end": 3, "target": sentence[:3], "polarity": polarity}


ROWS = [
    make_row("She was hailed", "positive"),
    make_row("She was blamed", "negative"),
    make_row("She went home", "neutral"),
    make_row("She slept well", "positive"),
]


def test_macro_f1_is_the_mean_of_three_classes() -> None:
    """Each class has the same weight, even a rare one."""
    report = evaluate_sentiment(ROWS, FakeEncoder())
    assert report["macro_f1"] == pytest.approx((1.0 + 2 / 3 + 2 / 3) / 3, abs=1e-4)
    assert report["accuracy"] == 0.75
    assert report["classes"]["positive"]["recall"] == 0.5


def test_predictions_keep_the_order_of_the_rows() -> None:
    """Predictions have one line per row, with the gold polarity and the predicted one."""
    out = io.StringIO()
    evaluate_sentiment(ROWS, FakeEncoder(), out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["polarity"] for line in lines] == [row["polarity"] for row in ROWS]
    assert [line["predicted"] for line in lines] == ["positive", "negative", "neutral", "neutral"]


def test_no_rows_score_zero() -> None:
    """An empty file gives a report of zeros, not a division by zero."""
    assert evaluate_sentiment([], FakeEncoder())["macro_f1"] == 0.0


@pytest.mark.parametrize("bins", [CALIBRATION_BINS, BINS])
def test_calibration_error_is_the_gap_between_confidence_and_accuracy(bins: int) -> None:
    """A confidence of 0.9 with an accuracy of 0.5 gives an error of 0.4."""
    assert expected_calibration_error([(0.9, True), (0.9, False)], bins) == pytest.approx(0.4)
    assert expected_calibration_error([], bins) == 0.0


@pytest.mark.parametrize(
    "change", [{"start": 5, "end": 2}, {"end": 99}, {"polarity": "mixed"}, {"sentence": None}, {"start": "0"}]
)
def test_a_bad_row_is_named_by_its_line(change: dict[str, Any]) -> None:
    """A bad row is an error that names the line."""
    with pytest.raises(PermanentError, match="line 2"):
        evaluate_sentiment([ROWS[0], {**ROWS[1], **change}], FakeEncoder())
