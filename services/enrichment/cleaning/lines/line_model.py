"""The line model: boosted trees (Friedman 2001), read from a reviewed JSON file and evaluated with numpy alone.

All trees are complete and have the same depth. Each node has one feature and one threshold; a line goes to the right if
its feature is larger than the threshold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

MODEL = "line_model.json"


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """Trees that give a line the sum of one leaf of each tree, the log-odds that the line is the article's."""

    names: tuple[str, ...]
    """Names of the features, in the order of the columns."""
    base: float
    """Log-odds before the first tree."""
    features: npt.NDArray[np.int64]
    """Feature of each node; one row per tree, one column per node, level by level."""
    thresholds: npt.NDArray[np.float64]
    """Threshold of each node, in the form of `features`."""
    leaves: npt.NDArray[np.float64]
    """Log-odds of each leaf; one row per tree, one column per leaf."""

    def score(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the log-odds of each row of features."""
        trees, nodes = self.features.shape
        depth = (nodes + 1).bit_length() - 1
        is_right = rows[:, self.features.ravel()].reshape(len(rows), trees, nodes) > self.thresholds
        node = np.zeros((len(rows), trees), dtype=np.int64)
        for _ in range(depth):
            right = np.take_along_axis(is_right, node[:, :, None], axis=2)[:, :, 0]
            node = 2 * node + 1 + right
        return np.asarray(self.base + self.leaves[np.arange(trees), node - nodes].sum(axis=1), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file, which has the features by name."""
        return {
            "base": self.base,
            "names": list(self.names),
            "trees": [
                {
                    "features": [self.names[index] for index in features],
                    "thresholds": thresholds,
                    "leaves": leaves,
                }
                for features, thresholds, leaves in zip(
                    self.features.tolist(), self.thresholds.tolist(), self.leaves.tolist(), strict=True
                )
            ],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> BoostedTrees:
        """Return the trees of a file's content."""
        names, trees = tuple(value["names"]), value["trees"]
        return cls(
            names=names,
            base=float(value["base"]),
            features=np.array([[names.index(name) for name in tree["features"]] for tree in trees], dtype=np.int64),
            thresholds=np.array([tree["thresholds"] for tree in trees], dtype=np.float64),
            leaves=np.array([tree["leaves"] for tree in trees], dtype=np.float64),
        )

    @classmethod
    def from_package(cls, package: str, name: str) -> BoostedTrees:
        """Return the trees of a file in a package."""
        return cls.from_json(json.loads(files(package).joinpath(name).read_text(encoding="utf-8")))


@cache
def load_trees() -> BoostedTrees:
    """Return the line model in the package; it is read once."""
    return BoostedTrees.from_package(str(__package__), MODEL)
