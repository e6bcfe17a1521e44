"""Scores of linking: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from services.enrichment.linking.linker import Linker
from services.errors import PermanentError
from services.evaluation.linking import evaluate_linking
from tests.support.fake_encoder import FakeEncoder
from tests.support.small_base import write_small_base

TEXT = "Kenya and Paris signed a treaty in Nowhere."


def make_row(**labels: str | None) -> dict[str, object]:
    """Return a labelled row of the text: each label under its name."""
    mentions = [
        {"start": TEXT.index(name), "end": TEXT.index(name) + len(name), "wikidata": label}
        for name, label in labels.items()
    ]
    return {"id": 1, "text": TEXT, "mentions": mentions}


def test_spans_are_scored(tmp_path: Path) -> None:
    """Accuracy counts linkable mentions, precision counts links, and each mention is in the predictions."""
    out = io.StringIO()
    linker = Linker(write_small_base(tmp_path))

    scores = evaluate_linking([make_row(Kenya="Q114", Paris="Q1", Nowhere=None)], FakeEncoder(), linker, out)

    assert scores["spans"]["linkable"] == 2
    assert scores["spans"]["in_base"] == 1
    assert scores["spans"]["accuracy"] == 0.5
    assert scores["spans"]["accuracy_in_base"] == 1.0
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert [mention["in_base"] for mention in line["mentions"]] == [True, False, False]
    assert line["mentions"][0]["predicted"] == "Q114"
    assert line["mentions"][2]["predicted"] is None


@pytest.mark.parametrize("row", [{"text": 1}, {"text": "a"}, {"text": "a", "mentions": [{"start": 0, "end": 9}]}])
def test_bad_rows(tmp_path: Path, row: dict[str, object]) -> None:
    """A bad row is named by its line."""
    with pytest.raises(PermanentError, match="line 1"):
        evaluate_linking([row], FakeEncoder(), Linker(write_small_base(tmp_path)))
