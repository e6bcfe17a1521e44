"""Scores of the sentiment of whole texts: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json

import pytest

from services.errors import PermanentError
from services.evaluation.valence import ROWS_TOGETHER, evaluate_valence
from tests.support.fake_encoder import FakeEncoder

ROWS = [
    {"text": "The rescue was hailed", "polarity": "positive"},
    {"text": "The mayor was blamed", "polarity": "negative"},
    {"text": "The council met", "polarity": "neutral"},
    {"text": "The council slept", "polarity": "negative"},
]


def test_each_text_is_judged_as_a_whole_and_in_order() -> None:
    """Predictions have one line per row, and the scores follow from them, over more rows than are read together."""
    out = io.StringIO()
    rows = ROWS * ROWS_TOGETHER
    report = evaluate_valence(rows, FakeEncoder(), out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["polarity"] for line in lines] == [row["polarity"] for row in rows]
    assert [line["predicted"] for line in lines[:4]] == ["positive", "negative", "neutral", "neutral"]
    assert report["accuracy"] == 0.75
    assert report["macro_f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3, abs=1e-4)
    assert report["rows"] == len(rows)


def test_no_rows_score_zero() -> None:
    """An empty file gives a report of zeros."""
    assert evaluate_valence([], FakeEncoder())["macro_f1"] == 0.0


@pytest.mark.parametrize("change", [{"text": None}, {"text": 5}, {"polarity": "good"}, {"polarity": None}])
def test_a_bad_row_is_named_by_its_line(change: dict[str, object]) -> None:
    """A row without a text or with an unknown polarity is an error that names the line."""
    with pytest.raises(PermanentError, match="line 2"):
        evaluate_valence([ROWS[0], {**ROWS[1], **change}], FakeEncoder())
