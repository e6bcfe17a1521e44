"""Held-back rows, and the rows that training reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.training.__main__ import app
from services.training.corpus import (
    CORRECTED,
    ENTITY_FILES,
    PATHS,
    SENTIMENT_FILES,
    TARGETS,
    build_sentiment_examples,
    read_corpus,
)
from services.training.rows import is_held_back, read_rows, read_split, write_rows


def article_rows() -> list[dict[str, object]]:
    return [{"tokens": ["x"], "tags": ["O"], "article": f"a{index // 3}"} for index in range(600)]


def target_rows() -> list[dict[str, object]]:
    return [
        {"sentence": f"Line {index // 2}", "start": 0, "end": 4, "target": "Line", "polarity": "neutral"}
        for index in range(600)
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder in ("ner", "sentiment/labels"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ENTITY_FILES:
        write_rows(tmp_path / "ner" / f"{name}.jsonl", article_rows())
    for name in SENTIMENT_FILES:
        write_rows(tmp_path / "sentiment" / f"{name}.jsonl", target_rows())
    spans = [{"start": 0, "end": 4, "type": "PER"}]
    corrected = [{"text": "Mara left.", "spans": spans, "split": split} for split in ("train", "dev")]
    write_rows(tmp_path / PATHS[CORRECTED], corrected)
    write_rows(tmp_path / PATHS[TARGETS], [{**row, "split": "train"} for row in target_rows()])
    return tmp_path


def test_sets_with_parts_of_their_own_are_read_without_dev(data: Path) -> None:
    """Training reads `train` alone of sets whose rows name their part; a target's neutral is not the sentence's."""
    corpus = read_corpus(data)
    assert len(corpus[CORRECTED]) == 1
    assert {example.polarity for example in corpus[TARGETS]} == {None}


def test_an_article_is_on_one_side_only() -> None:
    """All sentences of an article are held back together: about 15 % of the articles."""
    sides = {(row["article"], is_held_back("worldwide", row)) for row in article_rows()}
    assert len(sides) == 200
    assert 0.08 < sum(held for _, held in sides) / 200 < 0.22


def test_a_sentence_is_on_one_side_only() -> None:
    """All targets of a sentence are held back together: about a tenth of the sentences."""
    sides = {(row["sentence"], is_held_back("newsmtsc", row)) for row in target_rows()}
    assert len(sides) == 300
    assert 0.05 < sum(held for _, held in sides) / 300 < 0.16


def test_both_sides_together_have_all_rows(data: Path) -> None:
    """No row is lost, and none is on both sides."""
    sides = [list(read_split(data, "worldwide", held_back=held)) for held in (True, False)]
    assert sum(len(side) for side in sides) == 600


def test_training_never_reads_held_back_rows(data: Path) -> None:
    """The corpus contains the other side of both splits, and every other set completely."""
    corpus = read_corpus(data)
    assert len(corpus["worldwide"]) == len(list(read_split(data, "worldwide", held_back=False)))
    assert len(corpus["wikigold"]) == 600
    held_back = {row["sentence"] for row in read_split(data, "newsmtsc", held_back=True)}
    assert held_back
    assert not held_back & {example.text for example in corpus["newsmtsc-train"]}


def test_the_split_command_writes_rows_that_evaluate_reads(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command `split` writes the held-back rows unchanged."""
    out = tmp_path / "held-back.jsonl"
    app(["split", "worldwide", str(out), "--data", str(data)], standalone_mode=False)
    rows = read_rows(out)
    assert rows == list(read_split(data, "worldwide", held_back=True))
    assert capsys.readouterr().out == f"{len(rows)} rows\n"
    assert json.loads(out.read_text().splitlines()[0])["tags"] == ["O"]


def test_a_sentence_has_a_polarity_when_its_targets_agree() -> None:
    """Targets of one sentence become one example, which has a polarity of its own only if they agree."""
    rows = [
        {"sentence": "A and B", "start": 0, "end": 1, "polarity": "positive"},
        {"sentence": "A and B", "start": 6, "end": 7, "polarity": "negative"},
        {"sentence": "C", "start": 0, "end": 1, "polarity": "negative"},
    ]
    mixed, agreed = build_sentiment_examples("set", rows)
    assert (len(mixed.targets), mixed.polarity) == (2, None)
    assert (len(agreed.targets), agreed.polarity) == (1, 0)
