"""Scores of duplicates: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json

import pytest

from services.errors import PermanentError
from services.evaluation.duplicates import evaluate_duplicates, score_pairs

BRIDGE = (
    "The council voted on Monday for a new bridge across the harbour, nine votes to two, after a long debate at night."
)
FERRY = (
    "Ferry fares will rise in April by a tenth, the company said, since fuel costs more than ever and crews are few."
)


def test_pairs_are_counted() -> None:
    """Precision counts the pairs within a cluster, and recall the pairs within a page."""
    scores = score_pairs(["p", "p", "p", "q"], ["1", "1", "2", "2"])

    assert (scores["gold_pairs"], scores["predicted_pairs"], scores["correct_pairs"]) == (3, 2, 1)
    assert scores["precision"] == 0.5
    assert scores["recall"] == pytest.approx(1 / 3, abs=1e-4)


def test_rows_fall_into_clusters() -> None:
    """Copies are in the cluster of their original, whose name is the original's id or, without one, its line number."""
    out = io.StringIO()
    rows = [
        {"page": "p", "text": BRIDGE},
        {"page": "q", "text": FERRY, "id": "f"},
        {"page": "p", "text": BRIDGE.upper()},
    ]

    scores = evaluate_duplicates(rows, out)

    assert (scores["precision"], scores["recall"], scores["f1"]) == (1.0, 1.0, 1.0)
    assert scores["verdicts"] == {"exact": 1, "original": 2}
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"page": "p", "cluster": "1"},
        {"page": "q", "cluster": "f"},
        {"page": "p", "cluster": "1"},
    ]


@pytest.mark.parametrize("row", [{}, {"page": 1, "text": "x"}, {"page": "p"}])
def test_a_bad_row_is_named(row: dict[str, object]) -> None:
    """A row without a page or a text is an error that names the line."""
    with pytest.raises(PermanentError, match=r"^line 2: "):
        evaluate_duplicates([{"page": "p", "text": "x"}, row])


def test_no_rows() -> None:
    """No rows score 0."""
    assert evaluate_duplicates([])["f1"] == 0.0
