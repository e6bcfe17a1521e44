"""Scores of entities: arithmetic, predictions and errors."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from services.enrichment.encoder import no_revision
from services.errors import PermanentError
from services.evaluation.entities import evaluate_entities, tag_words
from tests.support.fake_encoder import FakeEncoder

ROWS: list[dict[str, Any]] = [
    {"tokens": ["Lindqvist", "left", "Tarnby"], "tags": ["B-PER", "O", "B-LOC"], "article": "a"},
    {"tokens": ["Nordic", "Tarnby"], "tags": ["B-MISC", "B-ORG"], "article": "a"},
    {"tokens": ["Old", "Tarnby"], "tags": ["B-LOC", "I-LOC"]},
]


def test_only_exact_span_and_type_count() -> None:
    """A wrong type and a wrong boundary each count as one missed and one false entity."""
    report = evaluate_entities(ROWS, FakeEncoder())
    assert (report["gold"], report["predicted"], report["correct"]) == (5, 5, 3)
    assert report["f1"] == pytest.approx(0.6)
    assert report["types"]["PER"]["f1"] == 1.0
    assert report["types"]["ORG"]["recall"] == 0.0


def test_three_types_have_a_score_of_their_own() -> None:
    """The score over persons, organisations and locations leaves out MISC."""
    report = evaluate_entities(ROWS, FakeEncoder())
    assert (report["per_org_loc"]["gold"], report["per_org_loc"]["correct"]) == (4, 2)


def test_rows_and_words_are_counted() -> None:
    """The report has the number of sentences and words, and the name of the model."""
    report = evaluate_entities(ROWS, FakeEncoder())
    assert (report["sentences"], report["words"]) == (3, 7)
    assert report["model"]["name"] == "fake"


def test_predictions_keep_the_order_of_the_rows() -> None:
    """Predictions have one line per row, with the gold tags and the predicted tags."""
    out = io.StringIO()
    evaluate_entities(ROWS, FakeEncoder(), out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["tags"] for line in lines] == [row["tags"] for row in ROWS]
    assert lines[0]["predicted"] == ["B-PER", "O", "B-LOC"]


def test_neighbours_of_one_article_are_read_together() -> None:
    """Neighbouring rows of one article are read in one call; rows without an article are read alone."""
    calls: list[int] = []

    class Recorder(FakeEncoder):
        def tag(self, rows: Any, revise: Any = no_revision) -> list[list[str]]:
            calls.append(len(rows))
            return super().tag(rows, revise)

    evaluate_entities([*ROWS, {"tokens": ["x"], "tags": ["O"]}], Recorder())
    assert calls == [2, 1, 1]


def test_no_rows_score_zero() -> None:
    """An empty file gives a report of zeros, not a division by zero."""
    assert evaluate_entities([], FakeEncoder())["f1"] == 0.0


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": ["a"], "tags": []},
        {"tokens": "a", "tags": ["O"]},
        {"tokens": ["a"]},
        {"tokens": ["a"], "tags": ["B-GPE"]},
        {"tokens": [1], "tags": ["O"]},
        [],
    ],
)
def test_a_bad_row_is_named_by_its_line(row: Any) -> None:
    """A bad row is an error that names the line."""
    with pytest.raises(PermanentError, match="line 2"):
        evaluate_entities([ROWS[0], row], FakeEncoder())


def test_spans_of_a_text_become_tags_of_its_words() -> None:
    """A text with spans is read as its words with IOB2 tags, and a span that ends within a word has the whole word."""
    row = tag_words({"text": "Mara Orn left.", "spans": [{"start": 0, "end": 7, "type": "PER"}]})
    assert row["tokens"] == ["Mara", "Orn", "left", "."]
    assert row["tags"] == ["B-PER", "I-PER", "O", "O"]


def test_rows_of_text_and_spans_score_like_rows_of_tags() -> None:
    """A set with the places of names in a text needs no tokens of its own."""
    row = {"text": "Lindqvist left Tarnby.", "spans": [{"start": 0, "end": 9, "type": "PER"}]}
    report = evaluate_entities([row], FakeEncoder())
    assert (report["gold"], report["predicted"], report["correct"]) == (1, 2, 1)


@pytest.mark.parametrize(
    "span",
    [
        {"start": 3, "end": 1, "type": "PER"},
        {"start": 0, "end": 99, "type": "PER"},
        {"start": 0, "end": 2, "type": "X"},
        "x",
    ],
)
def test_a_bad_span_is_named_by_its_line(span: object) -> None:
    """A span outside the text or of an unknown type is an error that names the line."""
    with pytest.raises(PermanentError, match="line 1"):
        evaluate_entities([{"text": "Lindqvist left", "spans": [span]}], FakeEncoder())
