"""Gradient-boosted trees for the line model: grown by LightGBM, exported to the form of the reviewed JSON file.

LightGBM's trees are binary with a test "value <= threshold" at each node. A tree of at most `depth` levels is therefore
a complete tree of that depth whose missing nodes send every row to the left: the export loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.line_model import BoostedTrees

Floats = npt.NDArray[np.float64]

DECIMALS = 5
"""Decimals of thresholds and leaves in the file, because people read it."""

ALWAYS_LEFT = 1e9
"""Threshold of a node that LightGBM did not split: larger than any feature, and plain JSON."""


@dataclass(frozen=True, slots=True)
class BoostingOptions:
    """Options of the training, for some thousand lines and some dozen features."""

    trees: int = 60
    """Number of trees; LightGBM stops earlier when it finds no split."""
    depth: int = 3
    """Levels of questions in a tree; a tree has at most 2 ** depth leaves."""
    learning_rate: float = 0.15
    """Factor by which each tree's leaf values are multiplied."""
    l2: float = 20.0
    """L2 regularisation of the leaf values: pulls leaves with few lines to 0."""
    bins: int = 13
    """Maximum number of bins per feature; there is one threshold between two bins."""
    feature_share: float = 0.3
    """Share of the features that one tree may use."""
    min_hessian: float = 2.0
    """Minimum sum of second derivatives in a leaf, in lines."""
    seed: int = 1

    def to_parameters(self) -> dict[str, Any]:
        """Return LightGBM's parameters; one thread and the deterministic mode give the same trees on each run."""
        return {
            "objective": "binary",
            "max_depth": self.depth,
            "num_leaves": 1 << self.depth,
            "learning_rate": self.learning_rate,
            "lambda_l2": self.l2,
            "max_bin": self.bins,
            "feature_fraction": self.feature_share,
            "min_sum_hessian_in_leaf": self.min_hessian,
            # Lines have weights: the sum of second derivatives bounds the leaves, not the count of lines.
            "min_data_in_leaf": 1,
            "min_data_in_bin": 1,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbose": -1,
        }


def grow_trees(rows: Floats, labels: Floats, weights: Floats, options: BoostingOptions) -> lightgbm.Booster:
    """Train trees for the log-odds of label 1; `weights` has one weight per row, with a mean of about 1."""
    dataset = lightgbm.Dataset(rows, labels, weight=weights)
    return lightgbm.train(options.to_parameters(), dataset, num_boost_round=options.trees)


def export_trees(booster: lightgbm.Booster, names: Sequence[str], depth: int) -> BoostedTrees:
    """Return LightGBM's trees as complete trees of `depth` levels that give the same scores.

    `base` is 0, because LightGBM adds the log-odds before the first tree to that tree's leaves.
    """
    trees = [_complete_tree(tree["tree_structure"], depth) for tree in booster.dump_model()["tree_info"]]
    features, thresholds, leaves = (np.array(column) for column in zip(*trees, strict=True))
    return BoostedTrees(tuple(names), 0.0, features, thresholds, leaves)


def round_trees(trees: BoostedTrees) -> BoostedTrees:
    """Return the trees with thresholds and leaves of `DECIMALS` decimals, as the file has them."""
    return replace(trees, thresholds=trees.thresholds.round(DECIMALS), leaves=trees.leaves.round(DECIMALS))


def _complete_tree(root: dict[str, Any], depth: int) -> tuple[list[int], list[float], list[float]]:
    """Return features and thresholds by node and the leaf values, level by level from left to right.

    A node that LightGBM did not split sends all rows to the left, so that its value belongs to its leftmost leaf; no
    row reaches its other leaves.
    """
    features: list[int] = []
    thresholds: list[float] = []
    level: list[dict[str, Any]] = [root]
    for _ in range(depth):
        below: list[dict[str, Any]] = []
        for node in level:
            is_split = "split_feature" in node
            features.append(node["split_feature"] if is_split else 0)
            thresholds.append(node["threshold"] if is_split else ALWAYS_LEFT)
            below += [node["left_child"], node["right_child"]] if is_split else [node, UNREACHED]
        level = below
    return features, thresholds, [node["leaf_value"] for node in level]


UNREACHED = {"leaf_value": 0.0}
"""The part of a complete tree that no row reaches."""
