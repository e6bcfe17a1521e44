"""Boosting in numpy: what it learns, that it is the same each time, and that its file says the same as it does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.training.boosting import Floats, Growth, grow
from services.training.lines import write_trees

NAMES = ("first", "second", "noise")
GROWTH = Growth(trees=40, depth=2, rate=0.3, shrinkage=1.0, share=0.7)


def _make_rows() -> tuple[Floats, Floats]:
    """Three hundred rows whose label is whether the first two features are on the same side of a half."""
    rows = np.random.default_rng(5).random((300, 3))
    return rows, np.asarray((rows[:, 0] > 0.5) == (rows[:, 1] > 0.5), dtype=np.float64)


def test_trees_learn_what_no_feature_says_alone() -> None:
    """Trees of two questions learn a label of which either feature alone tells nothing."""
    rows, labels = _make_rows()

    trees = grow(rows, labels, np.ones(300), NAMES, GROWTH)

    assert float(np.mean((trees.score(rows) > 0) == (labels == 1))) > 0.9


def test_trees_are_a_function_of_rows_and_seed() -> None:
    """The same rows and seed give the same trees, another seed gives others."""
    rows, labels = _make_rows()

    first, again, other = (
        grow(rows, labels, np.ones(300), NAMES, growth).to_json()
        for growth in (GROWTH, GROWTH, Growth(trees=40, depth=2, rate=0.3, shrinkage=1.0, share=0.7, seed=2))
    )

    assert first == again
    assert first != other


def test_a_row_of_no_weight_teaches_nothing() -> None:
    """Wrong labels with a weight of 0 leave the trees on the right side."""
    rows, labels = _make_rows()
    weights = np.ones(300)
    weights[:100] = 0.0
    wrong = np.where(weights > 0, labels, 1 - labels)

    trees = grow(rows, wrong, weights / weights.mean(), NAMES, GROWTH)

    assert float(np.mean((trees.score(rows[:100]) > 0) == (labels[:100] == 1))) > 0.9


def test_one_sided_rows_are_not_split() -> None:
    """A feature that is the same in all rows gives no question, all rows one score, and plain JSON."""
    labels = np.array([1.0, 0.0] * 20)

    trees = grow(np.ones((40, 1)), labels, np.ones(40), ("same",), Growth(trees=3, depth=1))

    assert "Infinity" not in json.dumps(trees.to_json())
    assert np.ptp(trees.score(np.ones((40, 1)))) == 0.0


def test_the_file_scores_as_the_trees_do(tmp_path: Path) -> None:
    """Trees read back from the file for review score rows as the trees that were written."""
    rows, labels = _make_rows()
    trees = grow(rows, labels, np.ones(300), NAMES, GROWTH)

    write_trees(trees, tmp_path / "trees.json")

    read = BoostedTrees.from_json(json.loads((tmp_path / "trees.json").read_text(encoding="utf-8")))
    assert np.allclose(read.score(rows), trees.score(rows))
