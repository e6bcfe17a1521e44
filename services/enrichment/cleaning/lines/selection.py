"""Which lines of a page are the article: the line model's scores, made to hang together.

Two states, article and furniture, and the likeliest way through the lines when each change of state costs something
(Viterbi 1967): a line alone among others is rarely what its own words say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.enrichment.cleaning.lines.extent import PARAGRAPH_CAP
from services.enrichment.cleaning.lines.features import measure
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.line_model import BoostedTrees


@dataclass(frozen=True, slots=True)
class Choice:
    """How scores become a choice; log-odds. Chosen by cross-validation over sites."""

    offset: float
    """Added to every score: above 0, since a lost paragraph costs more than a kept menu item."""
    trust: float
    """Added within the extent that the rules find, and taken off outside it."""
    run_floor: float
    """Least score of a line that is flush with the article's paragraphs and in one run with them: dates, results."""
    run_words: float
    """Words of the paragraphs from which a run counts as the article's."""
    switch: float
    """What a change of state costs, in log-odds times the root of words."""


CHOICE = Choice(offset=0.5, trust=1.0, run_floor=0.1, run_words=60.0, switch=4.0)


def choose(lines: Sequence[Line], trees: BoostedTrees, choice: Choice = CHOICE) -> tuple[list[bool], list[float]]:
    """Whether each line is the article's, and the model's probability that it is."""
    rows = measure(lines)
    scores = trees.score(rows)
    kept = find_way(weigh(lines, rows, scores, trees.names, choice), choice.switch)
    return kept, (1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0)))).tolist()


def weigh(
    lines: Sequence[Line],
    rows: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    names: Sequence[str],
    choice: Choice,
) -> list[float]:
    """What each line speaks for being the article's; a long line speaks louder."""
    column = {name: rows[:, names.index(name)] for name in ("in_extent", "flush", "labelled", "run_words")}
    adjusted = scores + choice.offset + choice.trust * (2.0 * column["in_extent"] - 1.0)
    is_run = (column["flush"] > 0) & (column["labelled"] == 0) & (column["run_words"] >= np.log1p(choice.run_words))
    adjusted = np.where(is_run, np.maximum(adjusted, choice.run_floor), adjusted)
    weights = np.sqrt(np.array([min(line.words, PARAGRAPH_CAP) for line in lines], dtype=np.float64))
    weighed: list[float] = (adjusted * weights).tolist()
    return weighed


def find_way(scores: Sequence[float], switch: float) -> list[bool]:
    """The states of the lines with the largest sum of scores in the article, less the cost of the switches."""
    outside, inside = 0.0, -switch
    came: list[tuple[bool, bool]] = []
    """For each line, whether the best way to it outside and to it inside came from inside."""
    for score in scores:
        from_inside, stays_inside = inside - switch > outside, inside >= outside - switch
        outside, inside = (
            inside - switch if from_inside else outside,
            (inside if stays_inside else outside - switch) + score,
        )
        came.append((from_inside, stays_inside))
    state = inside > outside
    states: list[bool] = []
    for from_inside, stays_inside in reversed(came):
        states.append(state)
        state = stays_inside if state else from_inside
    return states[::-1]


FURNITURE = "page_furniture"
"""What the removal by the line model is called."""


def label_rest(lines: Sequence[Line], kept: Sequence[bool], probabilities: Sequence[float]) -> None:
    """Take out what was not chosen and no rule took; lines in a row get the mean of their confidences.

    The confidence is the probability that a line is no part of the article, at least a half: where the neighbours
    outvoted the model it is not sure.
    """
    run: list[int] = []
    for index in range(len(lines) + 1):
        if index < len(lines) and not kept[index] and lines[index].label is None:
            run.append(index)
        elif run:
            mean = sum(max(0.5, 1.0 - probabilities[place]) for place in run) / len(run)
            for place in run:
                lines[place].label, lines[place].confidence = FURNITURE, round(mean, 2)
            run = []
