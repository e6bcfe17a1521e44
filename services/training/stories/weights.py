"""The weights of the comparison: a logistic regression over pairs of an article and a story, cross-validated."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.enrichment.stories.similarity.article_view import view_article
from services.enrichment.stories.similarity.comparison import Comparison, compare
from services.enrichment.stories.similarity.profile import EMPTY, Profile, add_article, view_profile
from services.enrichment.stories.similarity.weights import FILE, StoryWeights, Thresholds
from services.evaluation.rows import Row, read_rows
from services.evaluation.stories import StoryRow, cluster, list_orders, prepare_row, score_clustering

SOURCE: Final = "stories/ecbplus-even.jsonl"
FOLDS: Final = 5
ORDERS: Final = 2
"""Orders of arrival from which pairs are taken."""
RIVALS: Final = 8
"""Stories with which each article is paired: those with the most similar words."""
L2: Final = 3e-4
"""Regularisation of the mean loss; weights from 1e-4 to 1e-3 score the same."""
ROUNDS: Final = 60
DECIMALS: Final = 3
SEED: Final = 20261130

DAY: Final = -0.25
"""Log-odds for each day of silence: a week alone outweighs an average agreement of the names."""
MERGE_SIMILARITY: Final = 0.35
PRESETS: Final = {
    "tight": Thresholds(0.0, 4.0), "default": Thresholds(-0.9, 3.5), "broad": Thresholds(-1.75, 3.0),
}  # fmt: skip
"""Thresholds in log-odds."""

Pair = tuple[Comparison, bool]
Floats = npt.NDArray[np.float64]


def train(data: Path, out: Path) -> dict[str, Any]:
    """Fit and write the weights; return the scores of the cross-validation over topics, for each preset."""
    source = list(read_rows(data / SOURCE))
    rows = [prepare_row(row, number) for number, row in enumerate(source, start=1)]
    weights = fit(collect_pairs(rows))
    (out / FILE).write_text(json.dumps(weights.to_json(), indent=2) + "\n", encoding="utf-8")
    return cross_validate(source, rows)


def cross_validate(source: Sequence[Row], rows: Sequence[StoryRow]) -> dict[str, Any]:
    """Return the mean scores of the rows of each fold, whose topics the weights have not seen."""
    topics = sorted({row["topic"] for row in source})
    folds = [
        [row for row, labelled in zip(rows, source, strict=True) if topics.index(labelled["topic"]) % FOLDS == fold]
        for fold in range(FOLDS)
    ]
    fitted = [fit(collect_pairs([row for other in folds if other is not fold for row in other])) for fold in folds]
    return {preset: _score(folds, fitted, preset) for preset in PRESETS}


def _score(folds: Sequence[Sequence[StoryRow]], fitted: Sequence[StoryWeights], preset: Any) -> dict[str, Any]:
    scores = []
    for order in range(3):
        stories: list[str] = []
        events: list[StoryRow] = []
        for number, (fold, weights) in enumerate(zip(folds, fitted, strict=True)):
            found = cluster(fold, list_orders(fold)[order], preset=preset, weights=weights)
            stories += [f"{number}/{story}" for story in found.stories]
            events += fold
        scores.append(score_clustering(events, replace(found, stories=stories)))
    names = ("precision", "recall", "f1")
    return {name: [one[name] for one in scores] for name in names}


def collect_pairs(rows: Sequence[StoryRow]) -> list[Pair]:
    """Pair each article with the stories that are most like it, as the labels group the articles before it."""
    pairs: list[Pair] = []
    for order in _shuffle(len(rows)):
        stories: dict[str, Profile] = {}
        for number in order:
            row = rows[number]
            view = view_article(row.features)
            compared = [(compare(view, view_profile(profile)), event) for event, profile in stories.items()]
            compared.sort(key=lambda each: -each[0].words)
            pairs += [(comparison, event == row.event) for comparison, event in compared[:RIVALS]]
            stories[row.event] = add_article(stories.get(row.event, EMPTY), view)
    return pairs


def _shuffle(count: int) -> list[list[int]]:
    generator = random.Random(SEED)
    return [generator.sample(range(count), count) for _ in range(ORDERS)]


def fit(pairs: Sequence[Pair]) -> StoryWeights:
    """Fit the weights by Newton's method."""
    figures = np.array([[*comparison, 1.0] for comparison, _ in pairs])
    labels = np.array([float(is_same) for _, is_same in pairs])
    weights: Floats = np.zeros(figures.shape[1])
    penalty = np.full(figures.shape[1], L2)
    penalty[-1] = 0.0
    for _ in range(ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-figures @ weights))
        gradient = figures.T @ (probability - labels) / len(labels) + penalty * weights
        curvature = (figures * (probability * (1.0 - probability))[:, None]).T @ figures / len(labels)
        weights = weights - np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
    rounded = [round(float(weight), DECIMALS) for weight in weights]
    return StoryWeights(tuple(rounded[:-1]), rounded[-1], DAY, MERGE_SIMILARITY, PRESETS)
