"""Scores of whole articles by their main entity."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from services.errors import PermanentError
from services.evaluation.main_entity import evaluate_main_entity
from tests.support.fake_encoder import FakeEncoder

ROWS: list[dict[str, Any]] = [
    {
        "title": "Lindqvist hailed",
        "text": "All hailed Mara Lindqvist. Lindqvist left.",
        "target": "Mara Lindqvist",
        "polarity": "positive",
    },
    {"title": "", "text": "Many blamed Lindqvist.", "target": "Mara Lindqvist", "polarity": "negative"},
    {"title": None, "text": "Nordic Tarnby is calm.", "target": "Olof Bern", "polarity": "positive"},
]


def test_polarity_and_salience_of_the_main_entity_are_scored() -> None:
    """The target is found by name or surname; its sentiment and the rank of its salience are scored."""
    report = evaluate_main_entity(ROWS, FakeEncoder())
    assert (report["rows"], report["found"], report["most_salient"]) == (3, 0.6667, 0.6667)
    assert report["accuracy"] == pytest.approx(0.6667)
    assert report["classes"]["negative"]["f1"] == 1.0


def test_predictions_name_the_target() -> None:
    """Predictions have one line per row, with the gold polarity and the predicted one."""
    out = io.StringIO()
    evaluate_main_entity(ROWS, FakeEncoder(), out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["predicted"] for line in lines] == ["positive", "negative", "neutral"]


@pytest.mark.parametrize(
    "change", [{"text": ""}, {"target": 1}, {"polarity": "mixed"}, {"title": 3}], ids=lambda change: next(iter(change))
)
def test_a_bad_row_is_named_by_its_line(change: dict[str, Any]) -> None:
    """A bad row is an error that names the line."""
    with pytest.raises(PermanentError, match="line 2"):
        evaluate_main_entity([ROWS[0], {**ROWS[1], **change}], FakeEncoder())
