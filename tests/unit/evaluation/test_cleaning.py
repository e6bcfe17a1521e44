"""Scores of cleaning: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json

import pytest

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import CleanArticle, clean
from services.errors import PermanentError
from services.evaluation import cleaning
from services.evaluation.cleaning import compare, evaluate_cleaning

GOLD = "The council voted on Monday for a new bridge across the harbour, nine votes to two."


def test_shingles_are_counted() -> None:
    """Precision and recall count sequences of four words, each as often as it occurs."""
    assert compare("a b c d e", "a b c d e") == (1.0, 1.0)
    assert compare("a b c d e", "a b c d x") == (0.5, 0.5)
    assert compare("a b c d", "a b c d e f") == pytest.approx((1 / 3, 1.0))
    assert compare("a b c d", "") == (0.0, 0.0)
    assert compare("", "") == (1.0, 1.0)
    assert compare("one", "one") == (1.0, 1.0)


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_perfect_page(form: str) -> None:
    """A page whose body is found exactly scores 1, and its prediction is written together with the gold."""
    out = io.StringIO()
    rows = [
        {"gold": GOLD, "text": f"Home\n\n{GOLD}", "html": f"<html><body><article><p>{GOLD}</p></article></body></html>"}
    ]

    scores = evaluate_cleaning(rows, input=form, predictions=out)  # type: ignore[arg-type]

    assert (scores["precision"], scores["recall"], scores["f1"], scores["articles"]) == (1.0, 1.0, 1.0, 1)
    assert scores["articles_per_second"] > 0
    assert json.loads(out.getvalue()) == {"gold": GOLD, "predicted": GOLD}


@pytest.mark.parametrize("row", [{"text": "x"}, {"gold": 1, "text": "x"}, {"gold": "x"}, {"gold": "x", "html": "x"}])
def test_a_bad_row_is_named(row: dict[str, object]) -> None:
    """A row without a text or a gold body is an error that names the line."""
    with pytest.raises(PermanentError, match=r"^line 2: "):
        evaluate_cleaning([{"gold": "x", "text": "x"}, row], input="text")


def test_no_rows() -> None:
    """No rows score 0."""
    assert evaluate_cleaning([], input="text")["f1"] == 0.0


def test_a_page_that_fails_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose cleaning raises an exception has no body and is counted; the other pages keep their scores."""

    def fail_on_crash(raw: RawArticle, *, reference: None) -> CleanArticle:
        if "crash" in raw.content:
            raise IndexError("list index out of range")
        return clean(raw, reference=reference)

    monkeypatch.setattr(cleaning, "clean", fail_on_crash)

    scores = evaluate_cleaning([{"gold": GOLD, "text": "crash"}, {"gold": GOLD, "text": GOLD}], input="text")

    assert (scores["failed"], scores["articles"], scores["mean_f1"]) == (1, 2, 0.5)
