"""Evidence of where names begin and end."""

from __future__ import annotations

from services.enrichment.entities.tags.boundaries import correct_boundaries
from tests.unit.enrichment.entities.tagged import apply, text


def test_two_organisations_beside_each_other_are_one() -> None:
    """A name goes on where the encoder begins another one right behind it."""
    written = text("at Velm Has University , Tarnby", Velm="B-ORG", Has="I-ORG", University="B-ORG", Tarnby="B-ORG")
    assert apply(correct_boundaries, written) == [("Velm Has University", "ORG"), ("Tarnby", "ORG")]


def test_a_name_does_not_end_with_a_linking_word() -> None:
    """Linking words without a name behind them belong to no name."""
    written = text("the Harbour Fund of the keeper", Harbour="B-ORG", Fund="I-ORG", of="I-ORG", the={"I-ORG": 0.6})
    assert apply(correct_boundaries, written) == [("Harbour Fund", "ORG")]


def test_a_linking_word_inside_a_name_stays() -> None:
    """Linking words between two parts of a name stay in it."""
    written = text("the Fund of Tarnby", Fund="B-ORG", of="I-ORG", Tarnby="I-ORG")
    assert apply(correct_boundaries, written) == [("Fund of Tarnby", "ORG")]


def test_a_word_in_lower_case_is_no_name_if_it_occurs_once() -> None:
    """A single word in lower case is a name only where the article has it again or in brackets."""
    assert apply(correct_boundaries, text("they acted with civility", civility="B-ORG")) == []
    assert apply(correct_boundaries, text("the fund ( icpe ) said", icpe="B-ORG")) == [("icpe", "ORG")]
    twice = text("velm sells , velm buys", velm="B-ORG")
    assert apply(correct_boundaries, twice) == [("velm", "ORG"), ("velm", "ORG")]
