"""The choice of a dump's lines: the way through them, the trees and the names of their features."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.cleaning.lines.features import FEATURE_NAMES, measure
from services.enrichment.cleaning.lines.line_model import BoostedTrees, load_trees
from services.enrichment.cleaning.lines.selection import find_way
from services.enrichment.cleaning.text import read_lines


def value_of(states: tuple[bool, ...], scores: list[float], switch: float) -> float:
    """What a way through the lines is worth, by the definition."""
    switches = sum(before != after for before, after in zip((False, *states), states, strict=False))
    return sum(score for score, state in zip(scores, states, strict=True) if state) - switch * switches


@given(st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=8), st.sampled_from([0.0, 1.0, 4.0]))
def test_no_way_is_better(scores: list[float], switch: float) -> None:
    """The way found is worth as much as the best of all ways."""
    found = tuple(find_way(scores, switch))

    best = max(value_of(states, scores, switch) for states in product((False, True), repeat=len(scores)))
    assert value_of(found, scores, switch) == pytest.approx(best)


def test_the_models_features_are_those_that_are_measured() -> None:
    """The file names exactly the features that the code measures, in their order, and comes back as it was."""
    trees = load_trees()

    assert trees.names == FEATURE_NAMES
    again = BoostedTrees.from_json(trees.to_json())
    rows = measure(read_lines("Home\n\nA line of text, and another one.\n  * an item\n\tdeep"))
    assert rows.shape[1] == len(FEATURE_NAMES)
    assert np.array_equal(again.score(rows), trees.score(rows))


def test_a_tree_goes_right_where_the_feature_is_larger() -> None:
    """A tree of two levels gives each row the leaf that its questions lead to."""
    trees = BoostedTrees(
        ("a", "b"), 1.0, np.array([[0, 1, 1]]), np.array([[0.5, 1.0, 2.0]]), np.array([[0.1, 0.2, 0.3, 0.4]])
    )
    rows = np.array([[0.0, 0.0], [0.0, 1.5], [1.0, 1.5], [1.0, 3.0]])

    assert trees.score(rows).tolist() == pytest.approx([1.1, 1.2, 1.3, 1.4])
