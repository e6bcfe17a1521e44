"""Boosted trees of the line model: read from a reviewed JSON file, evaluated by numpy alone.

Trees are complete, each of the same depth: at every node one feature and one threshold; a line goes right where its
feature is larger (Friedman 2001).
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
    """Trees whose leaves add up to log-odds."""

    names: tuple[str, ...]
    """The features, in the order of the columns."""
    base: float
    """Log-odds before the first tree."""
    features: npt.NDArray[np.int64]
    """A row a tree, a column a node in the order of levels."""
    thresholds: npt.NDArray[np.float64]
    leaves: npt.NDArray[np.float64]
    """A row a tree, a column a leaf."""

    def score(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The log-odds of each row of features."""
        trees, nodes = self.features.shape
        is_right = rows[:, self.features.ravel()].reshape(len(rows), trees, nodes) > self.thresholds
        place = np.zeros((len(rows), trees), dtype=np.int64)
        for _ in range((nodes + 1).bit_length() - 1):
            right = np.take_along_axis(is_right, place[:, :, None], axis=2)[:, :, 0]
            place = 2 * place + 1 + right
        return np.asarray(self.base + self.leaves[np.arange(trees), place - nodes].sum(axis=1), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """For the file: features by their names."""
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
        """What `to_json` wrote."""
        names, trees = tuple(value["names"]), value["trees"]
        return cls(
            names=names,
            base=float(value["base"]),
            features=np.array([[names.index(name) for name in tree["features"]] for tree in trees], dtype=np.int64),
            thresholds=np.array([tree["thresholds"] for tree in trees], dtype=np.float64),
            leaves=np.array([tree["leaves"] for tree in trees], dtype=np.float64),
        )


@cache
def load_trees() -> BoostedTrees:
    """The model of the lines of a page's dump, as it lies in the package."""
    text = files(__package__).joinpath(MODEL).read_text(encoding="utf-8")
    return BoostedTrees.from_json(json.loads(text))
