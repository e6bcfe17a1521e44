"""Selection of the lines of a dump: the best sequence of states, the trees and their features."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.cleaning.lines.features import FEATURE_NAMES, measure_features
from services.enrichment.cleaning.lines.line_model import BoostedTrees, load_trees
from services.enrichment.cleaning.lines.selection import find_best_states
from services.enrichment.cleaning.text import read_lines


def sum_scores(states: tuple[bool, ...], scores: list[float], switch: float) -> float:
    """Return the value of a sequence of states by the definition: the scores inside less the cost of the changes."""
    switches = sum(before != after for before, after in zip((False, *states), states, strict=False))
    return sum(score for score, state in zip(scores, states, strict=True) if state) - switch * switches


@given(st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=8), st.sampled_from([0.0, 1.0, 4.0]))
def test_no_sequence_of_states_is_better(scores: list[float], switch: float) -> None:
    """The states that are found have the largest value of all sequences of states."""
    found = tuple(find_best_states(scores, switch))

    best = max(sum_scores(states, scores, switch) for states in product((False, True), repeat=len(scores)))
    assert sum_scores(found, scores, switch) == pytest.approx(best)


def test_the_models_features_are_those_that_are_measured() -> None:
    """The model's file has exactly the features that the code measures, in their order, and can be written again."""
    trees = load_trees()

    assert trees.names == FEATURE_NAMES
    again = BoostedTrees.from_json(trees.to_json())
    rows = measure_features(read_lines("Home\n\nA line of text, and another one.\n  * an item\n\tdeep"))
    assert rows.shape[1] == len(FEATURE_NAMES)
    assert np.array_equal(again.score(rows), trees.score(rows))


def test_a_tree_goes_right_where_the_feature_is_larger() -> None:
    """A tree of two levels gives each row the leaf to which its two comparisons lead."""
    trees = BoostedTrees(
        ("a", "b"), 1.0, np.array([[0, 1, 1]]), np.array([[0.5, 1.0, 2.0]]), np.array([[0.1, 0.2, 0.3, 0.4]])
    )
    rows = np.array([[0.0, 0.0], [0.0, 1.5], [1.0, 1.5], [1.0, 3.0]])

    assert trees.score(rows).tolist() == pytest.approx([1.1, 1.2, 1.3, 1.4])
