"""Combination of single judgements into the sentiment of an article or an entity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.encoder import NEUTRAL, Probabilities
from services.enrichment.sentiment import (
    MAIN_SHARE,
    blend,
    combine_passages,
    correct_judgement,
    doubt_polarity,
    roll_up,
    round_probabilities,
)
from tests.support.fake_encoder import BAD, GOOD, PLAIN

probabilities = st.tuples(*[st.floats(0.01, 1)] * 3).map(
    lambda values: Probabilities(*(value / sum(values) for value in values))
)


def test_no_judgement_is_neutral() -> None:
    """Without a judgement the result is neutral."""
    assert roll_up([]) == NEUTRAL


def test_one_side_outweighs_neutral_mentions() -> None:
    """A hostile mention outweighs two neutral ones."""
    assert roll_up([(PLAIN, 1.0), (PLAIN, 1.0), (BAD, 1.0)]).polarity == "negative"


def test_praise_and_blame_balance() -> None:
    """Equal praise and blame give equal probabilities of negative and positive."""
    mixed = roll_up([(GOOD, 1.0), (BAD, 1.0)])
    assert mixed.negative == pytest.approx(mixed.positive)


def test_weights_count() -> None:
    """A judgement with twice the weight decides against a single one."""
    assert roll_up([(GOOD, 2.0), (BAD, 1.0)]).polarity == "positive"


@given(st.lists(st.tuples(probabilities, st.floats(0.1, 5)), max_size=8))
def test_the_result_is_a_distribution(judgements: list[tuple[Probabilities, float]]) -> None:
    """Combined and rounded probabilities are between 0 and 1 and sum to 1."""
    rolled = round_probabilities(roll_up(judgements))
    values = (rolled.negative, rolled.neutral, rolled.positive)
    assert all(0 <= value <= 1 for value in values)
    assert sum(values) == pytest.approx(1, abs=1e-9)


def test_the_main_entity_moves_toward_the_article() -> None:
    """The article's sentiment moves the main entity's sentiment toward it, without replacing it."""
    assert PLAIN.negative < blend(PLAIN, BAD, MAIN_SHARE).negative < BAD.negative


@given(probabilities, st.floats(0, 1))
def test_a_correction_keeps_a_distribution_and_raises_the_positive(judged: Probabilities, strength: float) -> None:
    """The correction keeps the sum of 1 and raises the odds of positive against negative by its strength."""
    corrected = correct_judgement(judged, strength)
    assert corrected.negative + corrected.neutral + corrected.positive == pytest.approx(1)
    assert corrected.positive * judged.negative >= judged.positive * corrected.negative - 1e-9
    assert correct_judgement(judged, 0.0) == judged
    assert correct_judgement(judged, 1.0).positive >= corrected.positive - 1e-9


@given(probabilities)
def test_a_doubted_polarity_needs_more_evidence(judged: Probabilities) -> None:
    """A doubt raises neutral alone: the odds of positive against negative stay."""
    doubted = doubt_polarity(judged)
    assert doubted.negative + doubted.neutral + doubted.positive == pytest.approx(1)
    assert doubted.neutral > judged.neutral
    assert doubted.positive / doubted.negative == pytest.approx(judged.positive / judged.negative)


@given(probabilities, probabilities)
def test_headline_and_body_are_pooled(headline: Probabilities, body: Probabilities) -> None:
    """The pool is a distribution; two equal parts only become less neutral, and a missing part does not count."""
    pooled = combine_passages(headline, body)
    assert pooled.negative + pooled.neutral + pooled.positive == pytest.approx(1)
    both = combine_passages(body, body)
    assert both.neutral < body.neutral
    assert both.negative * body.positive == pytest.approx(both.positive * body.negative)
    assert combine_passages(None, body) == combine_passages(body, None) == body
    assert combine_passages(None, None) == NEUTRAL


def test_the_part_that_is_sure_decides() -> None:
    """A body that is surely bad outweighs a headline that may be good."""
    assert combine_passages(Probabilities(0.3, 0.3, 0.4), Probabilities(0.9, 0.08, 0.02)).polarity == "negative"


@pytest.mark.parametrize(
    ("values", "polarity"),
    [((0.4, 0.4, 0.2), "neutral"), ((0.4, 0.2, 0.4), "negative"), ((0.2, 0.3, 0.5), "positive")],
)
def test_ties_go_to_neutral_first(values: tuple[float, float, float], polarity: str) -> None:
    """A tie gives neutral if neutral is among the highest, and else negative."""
    assert Probabilities(*values).polarity == polarity
