"""Selection of a page's lines that are the article, by the scores of the line model.

Each line is in one of two states, article or furniture of the page. The selection is the most likely sequence of
states, where each change of the state has a cost (Viterbi 1967): a line alone among lines of the other state is rarely
what its own words say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.extent import PARAGRAPH_CAP
from services.enrichment.cleaning.lines.features import measure_features
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.enrichment.log_odds import MAX_LOG_ODDS

PAGE_FURNITURE = "page_furniture"
"""Name under which the event reports what the line model removed."""

MIN_CONFIDENCE = 0.5
"""Minimum confidence in a removal: where the neighbours of a line outvoted the model, it is not sure."""


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """Options of the selection, in log-odds; they were chosen by cross-validation over sites."""

    offset: float
    """Addition to every score; above 0, because a lost paragraph is worse than a kept menu item."""
    trust: float
    """Addition within the extent that the rules find, and subtraction outside it."""
    run_floor: float
    """Minimum score of a line that is aligned with the article's paragraphs and in one run with them, such as a date or
    a result."""
    run_words: float
    """Minimum number of words of a run's paragraphs for the run to count as the article's."""
    switch: float
    """Cost of a change of the state, in log-odds times the square root of words."""


OPTIONS = SelectionOptions(offset=0.5, trust=1.0, run_floor=0.1, run_words=60.0, switch=4.0)


def select_lines(
    lines: Sequence[Line], trees: BoostedTrees, options: SelectionOptions = OPTIONS
) -> tuple[list[bool], list[float]]:
    """Return whether each line is the article's, and the model's probability that it is."""
    rows = measure_features(lines)
    scores = trees.score(rows)
    is_selected = find_best_states(weight_scores(lines, rows, scores, trees.names, options), options.switch)
    return is_selected, (1.0 / (1.0 + np.exp(-np.clip(scores, -MAX_LOG_ODDS, MAX_LOG_ODDS)))).tolist()


def weight_scores(
    lines: Sequence[Line],
    rows: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    names: Sequence[str],
    options: SelectionOptions,
) -> list[float]:
    """Return the scores with the options applied, times the square root of each line's words: long lines weigh more."""
    column = {name: rows[:, names.index(name)] for name in ("in_extent", "flush", "labelled", "run_words")}
    adjusted = scores + options.offset + options.trust * (2.0 * column["in_extent"] - 1.0)
    is_run = (column["flush"] > 0) & (column["labelled"] == 0) & (column["run_words"] >= np.log1p(options.run_words))
    adjusted = np.where(is_run, np.maximum(adjusted, options.run_floor), adjusted)
    weights = np.sqrt(np.array([min(line.words, PARAGRAPH_CAP) for line in lines], dtype=np.float64))
    weighted: list[float] = (adjusted * weights).tolist()
    return weighted


def find_best_states(scores: Sequence[float], switch: float) -> list[bool]:
    """Return for each line whether it is inside the article, by Viterbi's algorithm.

    The states returned have the largest sum of the scores inside less `switch` for each change of the state. The state
    before the first line is outside.
    """
    outside, inside = 0.0, -switch
    came_from_inside: list[tuple[bool, bool]] = []
    """For each line, whether the best sequence that ends outside, and the one that ends inside, was inside before."""
    for score in scores:
        leaves, stays = inside - switch > outside, inside >= outside - switch
        outside, inside = (
            inside - switch if leaves else outside,
            (inside if stays else outside - switch) + score,
        )
        came_from_inside.append((leaves, stays))
    state = inside > outside
    states: list[bool] = []
    for leaves, stays in reversed(came_from_inside):
        states.append(state)
        state = stays if state else leaves
    return states[::-1]


def label_unselected(lines: Sequence[Line], is_selected: Sequence[bool], probabilities: Sequence[float]) -> None:
    """Label as page furniture the lines that were not selected and have no label.

    The confidence is the probability that a line is not the article's, at least `MIN_CONFIDENCE`. Lines in a row get
    the mean of their confidences.
    """
    run: list[int] = []
    for index in range(len(lines) + 1):
        if index < len(lines) and not is_selected[index] and lines[index].label is None:
            run.append(index)
        elif run:
            mean = sum(max(MIN_CONFIDENCE, 1.0 - probabilities[place]) for place in run) / len(run)
            for place in run:
                lines[place].label, lines[place].confidence = PAGE_FURNITURE, round(mean, 2)
            run = []
