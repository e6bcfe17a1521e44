"""The weights of the comparison and of merges: two logistic regressions, cross-validated over topics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.enrichment.stories.parameters import Preset
from services.enrichment.stories.similarity.bridges import FIGURES
from services.enrichment.stories.similarity.weights import FILE, MergeWeights, StoryWeights, Thresholds
from services.evaluation.rows import read_rows
from services.evaluation.stories.clustering import StoryRow, cluster, list_orders, prepare_row
from services.evaluation.stories.scoring import score_b_cubed
from services.training.stories.regression import Sample, fit_logistic
from services.training.stories.samples import LabelledRow, collect_bridges, collect_pairs

SOURCE: Final = "stories/ecbplus-even.jsonl"
FOLDS: Final = 5

DAY: Final = -0.25
"""Log-odds for each day of silence: a week alone outweighs an average agreement of the names."""
MERGE_NAMES: Final = 0.1
"""Smallest cosine of the names of two stories that are merged."""
PRESETS: Final[dict[Preset, Thresholds]] = {
    "tight": Thresholds(0.4, 2.5),
    "default": Thresholds(-0.65, 2.25),
    "broad": Thresholds(-1.5, 2.25),
}
"""Thresholds in log-odds, chosen by the cross-validation: with the default the precision stays above 0.92."""
NO_MERGES: Final = MergeWeights((0.0,) * len(FIGURES), float("-inf"), MERGE_NAMES)
"""Weights by which no stories are merged."""

Scores = dict[Preset, dict[str, list[float]]]
"""Precision, recall and F1 in each order, for each preset."""


def train(data: Path, out: Path) -> Scores:
    """Fit and write the weights; return the scores of the cross-validation over topics.

    Bridges come from weights that have not seen their topics: the weights of a stream have not seen its topics either.
    In the cross-validation, neither regression is fitted on an answer of the topics that are scored.
    """
    source = list(read_rows(data / SOURCE))
    rows = [LabelledRow(row["topic"], prepare_row(row, number)) for number, row in enumerate(source, start=1)]
    folds = _split(rows)
    compared = [_fit_comparison(others) for _, others in folds]
    bridges = [
        collect_bridges(fold, weights, min(one.join for one in PRESETS.values()))
        for (fold, _), weights in zip(folds, compared, strict=True)
    ]
    weights = replace(_fit_comparison(rows), merge=_fit_merges(bridges))
    (out / FILE).write_text(json.dumps(weights.to_json(), indent=2) + "\n", encoding="utf-8")
    parts = [
        ([one.row for one in fold], replace(weights, merge=_fit_merges(bridges[:place] + bridges[place + 1 :])))
        for place, ((fold, _), weights) in enumerate(zip(folds, compared, strict=True))
    ]
    return {preset: _score(parts, preset) for preset in PRESETS}


def _fit_comparison(rows: Sequence[LabelledRow]) -> StoryWeights:
    weights, bias = fit_logistic(collect_pairs(rows))
    return StoryWeights(weights, bias, DAY, NO_MERGES, PRESETS)


def _fit_merges(bridges: Sequence[Sequence[Sample]]) -> MergeWeights:
    weights, bias = fit_logistic([sample for some in bridges for sample in some])
    return MergeWeights(weights, bias, MERGE_NAMES)


def _split(rows: Sequence[LabelledRow]) -> list[tuple[list[LabelledRow], list[LabelledRow]]]:
    """Return the rows of each fold of topics, and all other rows."""
    topics = sorted({one.topic for one in rows})
    places = [topics.index(one.topic) % FOLDS for one in rows]
    return [
        (
            [one for one, place in zip(rows, places, strict=True) if place == fold],
            [one for one, place in zip(rows, places, strict=True) if place != fold],
        )
        for fold in range(FOLDS)
    ]


def _score(parts: Sequence[tuple[Sequence[StoryRow], StoryWeights]], preset: Preset) -> dict[str, list[float]]:
    scores = []
    for order in range(3):
        stories: list[str] = []
        events: list[str] = []
        for number, (fold, weights) in enumerate(parts):
            found = cluster(fold, list_orders(fold)[order], preset=preset, weights=weights)
            stories += [f"{number}/{story}" for story in found.stories]
            events += [row.event for row in fold]
        scores.append(score_b_cubed(events, stories))
    return {name: [one[name] for one in scores] for name in scores[0]}
