"""Training of the weights of stories: the regression, and the samples that the labels give."""

from __future__ import annotations

import pytest

from services.cli.stories.invented.events import read_events
from services.enrichment.stories.similarity.weights import load_weights
from services.evaluation.stories.clustering import prepare_row
from services.training.stories.regression import fit_logistic
from services.training.stories.samples import LabelledRow, collect_bridges, collect_pairs

ROWS = [LabelledRow(row["event"], prepare_row(row, number)) for number, row in enumerate(read_events()[:60], start=1)]


def test_the_regression_gives_the_frequencies() -> None:
    """The weights of a figure that is 1 or 0 give the share of the answers in both cases."""
    samples = [((1.0,), True)] * 300 + [((1.0,), False)] * 100 + [((0.0,), True)] * 100 + [((0.0,), False)] * 100
    (weight,), bias = fit_logistic(samples)
    assert bias == pytest.approx(0, abs=0.05)
    assert weight + bias == pytest.approx(1.0986, abs=0.05)


def test_pairs_have_stories_of_one_article() -> None:
    """Each article is paired with grown stories and with stories of one article, right and wrong ones of both."""
    pairs = collect_pairs(ROWS)
    kinds = {(figures[-1] == 0.0, is_same) for figures, is_same in pairs}
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


def test_bridges_are_of_one_event_or_of_two() -> None:
    """Bridges have both answers, reach the threshold, and are the same in every run."""
    bridges = collect_bridges(ROWS, load_weights(), -3.0)
    assert {is_same for _, is_same in bridges} == {True, False}
    assert min(figures[0] for figures, _ in bridges) >= -3.0
    assert bridges == collect_bridges(ROWS, load_weights(), -3.0)
