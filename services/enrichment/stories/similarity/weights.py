"""Weights of the comparison, and thresholds of the presets, from a reviewed file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from services.enrichment.log_odds import to_probability
from services.enrichment.stories.parameters import DAY_MS, Preset
from services.enrichment.stories.similarity.bridges import FIGURES, Bridge, compare_names, measure_bridge
from services.enrichment.stories.similarity.comparison import NAMES, Comparison
from services.enrichment.stories.similarity.profile import ProfileView

FILE: Final = "weights.json"
"""Written by `python -m services.training stories`, and reviewed by people."""
MOST_DAYS: Final = 7.0
"""Days since the last article of a story from which more days make no difference."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Log-odds that decide."""

    join: float
    """Log-odds from which an article joins a story."""
    merge: float
    """Log-odds of a bridge from which two stories are merged."""


@dataclass(frozen=True, slots=True)
class MergeWeights:
    """Weights of a logistic regression over the figures of a bridge."""

    weights: tuple[float, ...]
    """One weight for each figure, in the order of `Bridge`."""
    bias: float
    names: float
    """Smallest cosine of the names of two stories that are merged. Chosen, not trained: no labelled set has summaries
    of the day's news."""

    def score(self, bridge: Bridge) -> float:
        """Return the log-odds that the two stories of a bridge are one event."""
        return self.bias + sum(weight * value for weight, value in zip(self.weights, bridge, strict=True))

    def joins(self, second: float, one: ProfileView, other: ProfileView, threshold: float) -> bool:
        """Return whether two stories are one event; `second` is the lower of an article's log-odds."""
        return self.score(measure_bridge(second, one, other)) >= threshold and compare_names(one, other) >= self.names


@dataclass(frozen=True, slots=True)
class StoryWeights:
    """Weights of a logistic regression over the figures of a comparison."""

    weights: tuple[float, ...]
    """One weight for each figure, in the order of `Comparison`."""
    bias: float
    """Log-odds of an article that has nothing in common with a story."""
    day: float
    """Log-odds that each day since the last article of the story adds. Chosen, not trained: no labelled set has
    times."""
    merge: MergeWeights
    presets: Mapping[Preset, Thresholds]

    def score(self, comparison: Comparison, apart_ms: int) -> float:
        """Return the log-odds that the article belongs to the story, whose last article is `apart_ms` older."""
        score = self.bias
        for weight, value in zip(self.weights, comparison, strict=True):
            score += weight * value
        return score + self.day * min(max(apart_ms, 0) / DAY_MS, MOST_DAYS)

    def find_thresholds(self, preset: Preset) -> Thresholds:
        """Return the thresholds of a preset."""
        return self.presets[preset]

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file."""
        return {
            "weights": dict(zip(NAMES, self.weights, strict=True)),
            "bias": self.bias,
            "day": self.day,
            "merge": {
                "weights": dict(zip(FIGURES, self.merge.weights, strict=True)),
                "bias": self.merge.bias,
                "names": self.merge.names,
            },
            "presets": {name: {"join": one.join, "merge": one.merge} for name, one in self.presets.items()},
        }


def read_weights(content: Mapping[str, Any]) -> StoryWeights:
    """Return the weights of the content of a file. Raises KeyError if a weight is missing."""
    return StoryWeights(
        tuple(float(content["weights"][name]) for name in NAMES),
        float(content["bias"]),
        float(content["day"]),
        _read_merge_weights(content["merge"]),
        {name: Thresholds(float(one["join"]), float(one["merge"])) for name, one in content["presets"].items()},
    )


def _read_merge_weights(content: Mapping[str, Any]) -> MergeWeights:
    return MergeWeights(
        tuple(float(content["weights"][name]) for name in FIGURES), float(content["bias"]), float(content["names"])
    )


@cache
def load_weights() -> StoryWeights:
    """Return the weights of the package."""
    return read_weights(json.loads(files(__package__).joinpath(FILE).read_text(encoding="utf-8")))


def estimate_probability(score: float) -> float:
    """Return the probability of log-odds, with two decimals."""
    return round(to_probability(score), 2)
