"""The model that scores candidates: a conditional logistic regression with named weights that a person can review.

The candidates of an entity exclude each other. One more alternative, with the score 0, is an item that the base lacks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from services.enrichment.log_odds import MAX_LOG_ODDS

WEIGHTS: Final = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class LinkWeights:
    """The weights of the features, and the probability from which an entity is linked.

    Each weight multiplies the feature of the same name in `features.py`.
    """

    bias: float
    rank: float
    lead: float
    alone: float
    label: float
    short: float
    acronym: float
    word: float
    exact: float
    partial: float
    same_type: float
    other_type: float
    untyped: float
    metonym: float
    conflict: float
    described: float
    silent: float
    home: float
    foreign: float
    qualified: float
    misqualified: float
    ticker: float
    threshold: float

    @cached_property
    def by_name(self) -> Mapping[str, float]:
        """The weights by the names of their features."""
        return {each.name: float(getattr(self, each.name)) for each in fields(self)}

    def score(self, features: Mapping[str, float]) -> float:
        """Return the log-odds of a candidate with these features against an item that the base lacks."""
        return self.bias + self.weigh(features)

    def weigh(self, features: Mapping[str, float]) -> float:
        """Return the log-odds that features add."""
        weights = self.by_name
        return sum([weights[name] * value for name, value in features.items() if value])


def compute_probabilities(scores: Sequence[float]) -> list[float]:
    """Return the probabilities of the candidates of an entity by their scores. Their sum is below 1."""
    odds = [math.exp(min(MAX_LOG_ODDS, score)) for score in scores]
    total = 1 + sum(odds)
    return [each / total for each in odds]


@cache
def read_weights() -> LinkWeights:
    """Return the weights of this package."""
    values = json.loads(WEIGHTS.read_bytes())["weights"]
    return LinkWeights(**{field.name: float(values[field.name]) for field in fields(LinkWeights)})
