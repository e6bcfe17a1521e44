"""Training of boosted trees: what they learn, that training is deterministic, and that the export keeps the scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm", reason="the extra `training` is not installed")

from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.training.boosting import DECIMALS, BoostingOptions, Floats, export_trees, grow_trees, round_trees
from services.training.lines import write_trees

NAMES = ("first", "second", "noise")
OPTIONS = BoostingOptions(trees=40, depth=2, learning_rate=0.3, l2=1.0, bins=63, feature_share=0.7)


def make_rows() -> tuple[Floats, Floats]:
    """Return 300 rows whose label is 1 where the first two features are on the same side of a half."""
    rows = np.random.default_rng(5).random((300, 3))
    return rows, np.asarray((rows[:, 0] > 0.5) == (rows[:, 1] > 0.5), dtype=np.float64)


def train(rows: Floats, labels: Floats, weights: Floats, options: BoostingOptions = OPTIONS) -> BoostedTrees:
    """Grow trees and export them."""
    return export_trees(grow_trees(rows, labels, weights, options), NAMES, options.depth)


def count_right(trees: BoostedTrees, rows: Floats, labels: Floats) -> float:
    """Return the share of rows whose score is on the side of their label."""
    return float(np.mean((trees.score(rows) > 0) == (labels == 1)))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_the_exported_trees_give_the_librarys_scores(depth: int) -> None:
    """Exported trees score rows exactly as LightGBM does, whether or not its trees are complete."""
    rows, labels = make_rows()
    options = BoostingOptions(trees=30, depth=depth, min_hessian=8.0)

    booster = grow_trees(rows, labels, np.ones(300), options)

    trees = export_trees(booster, NAMES, depth)
    others = np.random.default_rng(6).random((500, 3)) * 2 - 0.5
    for sample in (rows, others):
        assert trees.score(sample) == pytest.approx(booster.predict(sample, raw_score=True), abs=1e-12)


def test_rounding_keeps_the_scores() -> None:
    """Rounded trees choose the same leaves for rows of fewer decimals, so that only the leaves' rounding is seen."""
    rows = make_rows()[0].round(DECIMALS - 2)
    labels = np.asarray(rows[:, 0] > rows[:, 1], dtype=np.float64)
    trees = train(rows, labels, np.ones(300))

    rounded = round_trees(trees)

    assert rounded.score(rows) == pytest.approx(trees.score(rows), abs=OPTIONS.trees * 10**-DECIMALS)
    assert rounded.to_json() != trees.to_json()


def test_trees_learn_what_no_feature_says_alone() -> None:
    """Trees of two levels learn a label of which no single feature says anything."""
    rows, labels = make_rows()

    assert count_right(train(rows, labels, np.ones(300)), rows, labels) > 0.9


def test_trees_are_a_function_of_rows_and_seed() -> None:
    """The same rows and seed give the same trees; another seed gives other trees."""
    rows, labels = make_rows()
    other_seed = BoostingOptions(trees=40, depth=2, learning_rate=0.3, l2=1.0, bins=63, feature_share=0.7, seed=2)

    first, again, other = (train(rows, labels, np.ones(300), options) for options in (OPTIONS, OPTIONS, other_seed))

    assert first.to_json() == again.to_json()
    assert first.to_json() != other.to_json()


def test_a_row_without_weight_is_not_learned() -> None:
    """Wrong labels with a weight of 0 do not change which side the trees choose."""
    rows, labels = make_rows()
    weights = np.ones(300)
    weights[:100] = 0.0
    wrong = np.where(weights > 0, labels, 1 - labels)

    trees = train(rows, wrong, weights / weights.mean())

    assert count_right(trees, rows[:100], labels[:100]) > 0.9


def test_equal_rows_are_not_split() -> None:
    """Features that are equal in all rows give one score for all rows, and plain JSON."""
    labels = np.array([1.0, 0.0] * 20)

    trees = train(np.ones((40, 3)), labels, np.ones(40))

    assert "Infinity" not in json.dumps(trees.to_json())
    assert np.ptp(trees.score(np.random.default_rng(7).random((40, 3)))) == 0.0


def test_the_file_gives_the_same_scores_as_the_trees(tmp_path: Path) -> None:
    """Trees that are read back from the file give exactly the scores of the trees that were written."""
    rows, labels = make_rows()
    trees = train(rows, labels, np.ones(300))

    write_trees(trees, tmp_path / "trees.json")

    read = BoostedTrees.from_json(json.loads((tmp_path / "trees.json").read_text(encoding="utf-8")))
    assert np.array_equal(read.score(rows), trees.score(rows))
