"""Gradient boosting of shallow trees, in numpy: enough for some thousand lines and some dozen features.

Friedman 2001 with Newton leaves (Chen and Guestrin 2016): every level of a tree asks each of its nodes one question,
from a random part of the features; thresholds are quantiles. Deterministic for a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.line_model import BoostedTrees

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DIGITS = 5
"""Significant decimals of thresholds and leaves: the file is read by people."""

NEVER = 1e9
"""Threshold of a node that is not split: larger than any feature, and plain JSON."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How the trees grow."""

    trees: int = 60
    depth: int = 3
    rate: float = 0.15
    """Of each tree's leaves that counts."""
    shrinkage: float = 20.0
    """Added to each leaf's second derivative, which pulls small leaves to 0."""
    quantiles: int = 12
    """Thresholds that are tried for a feature, and one."""
    share: float = 0.3
    """Of the features that a tree may ask for."""
    least: float = 2.0
    """Second derivative, in lines, that a node needs on either side."""
    seed: int = 1


def grow(rows: Floats, labels: Floats, weights: Floats, names: Sequence[str], growth: Growth) -> BoostedTrees:
    """Trees for the log-odds of a label of 1. Weights are per row; their mean should be 1."""
    cuts = [
        np.unique(np.quantile(column, np.linspace(0, 1, growth.quantiles + 1)[1:-1]).round(DIGITS)) for column in rows.T
    ]
    bins = np.stack([np.searchsorted(cut, column) for cut, column in zip(cuts, rows.T, strict=True)])
    random = np.random.default_rng(growth.seed)
    base = round(float(np.log((weights * labels).sum() / (weights * (1 - labels)).sum())), DIGITS)
    scores = np.full(len(rows), base)
    features, thresholds, leaves = [], [], []
    for _ in range(growth.trees):
        probability = 1 / (1 + np.exp(-scores))
        slope, curve = weights * (labels - probability), weights * probability * (1 - probability)
        asked = random.permutation(rows.shape[1])[: max(1, int(rows.shape[1] * growth.share))]
        node = np.zeros(len(rows), dtype=np.int64)
        tree_features, tree_thresholds = [], []
        for level in range(growth.depth):
            feature, place = _split(bins, cuts, node, slope, curve, asked, 1 << level, growth)
            threshold = np.array(
                [cuts[f][p] if p < len(cuts[f]) else NEVER for f, p in zip(feature, place, strict=True)]
            )
            node = node * 2 + (bins[feature[node], np.arange(len(rows))] > place[node])
            tree_features.append(feature)
            tree_thresholds.append(threshold)
        count = 1 << growth.depth
        leaf = growth.rate * np.bincount(node, slope, count) / (np.bincount(node, curve, count) + growth.shrinkage)
        leaf = leaf.round(DIGITS)
        scores += leaf[node]
        features.append(np.concatenate(tree_features))
        thresholds.append(np.concatenate(tree_thresholds))
        leaves.append(leaf)
    return BoostedTrees(tuple(names), base, np.stack(features), np.stack(thresholds), np.stack(leaves))


def _split(
    bins: Integers,
    cuts: Sequence[Floats],
    node: Integers,
    slope: Floats,
    curve: Floats,
    asked: Integers,
    nodes: int,
    growth: Growth,
) -> tuple[Integers, Integers]:
    """For each node the feature and the number of its threshold that gain most; a number too large for none."""
    width = growth.quantiles
    whole, bend = np.bincount(node, slope, nodes), np.bincount(node, curve, nodes)
    before = whole * whole / (bend + growth.shrinkage)
    best = np.full(nodes, 1e-6)
    feature, place = np.zeros(nodes, dtype=np.int64), np.full(nodes, width, dtype=np.int64)
    for index in asked.tolist():
        key = node * width + bins[index]
        left = np.bincount(key, slope, nodes * width).reshape(nodes, width).cumsum(axis=1)
        left_bend = np.bincount(key, curve, nodes * width).reshape(nodes, width).cumsum(axis=1)
        right, right_bend = whole[:, None] - left, bend[:, None] - left_bend
        gain = left**2 / (left_bend + growth.shrinkage) + right**2 / (right_bend + growth.shrinkage) - before[:, None]
        gain[(left_bend < growth.least) | (right_bend < growth.least)] = 0.0
        gain[:, len(cuts[index]) :] = 0.0
        choice = gain.argmax(axis=1)
        is_better = gain[np.arange(nodes), choice] > best
        best = np.where(is_better, gain[np.arange(nodes), choice], best)
        feature, place = np.where(is_better, index, feature), np.where(is_better, choice, place)
    return feature, place
