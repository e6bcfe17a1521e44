"""Acronyms and the long forms that they abbreviate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities.names.acronyms import (
    abbreviates,
    fits_anywhere,
    has_initials,
    is_acronym,
    is_short_word,
    translates,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("UN", True), ("U.S.", True), ("BoJ", True), ("Un", False), ("A", False), ("COPENHAGEN", False), ("G20", False)],
)
def test_acronyms_are_recognised(text: str, expected: bool) -> None:
    """An acronym has two to eight letters, at least two of them capitals."""
    assert is_acronym(text) is expected


@pytest.mark.parametrize(
    ("long", "acronym", "expected"),
    [
        ("Tarnby Port Council", "TPC", True),
        ("Ministry of Harbour and Trade", "MHT", True),
        ("Bank of Tarnby", "BoT", True),
        ("the United States", "U.S.", True),
        ("Tarnby", "T", False),
        ("Tarnby Port Council", "TPA", False),
    ],
)
def test_initials_spell_an_acronym(long: str, acronym: str, expected: bool) -> None:
    """The initials of a name match an acronym with or without the linking words."""
    assert has_initials(long, acronym) is expected


def test_a_defined_acronym_may_have_letters_from_inside_words() -> None:
    """An acronym that an article defines in parentheses needs its letters in the same order only."""
    assert abbreviates("Tarnby Broadcasting", "TBC")
    assert not abbreviates("Tarnby Broadcasting", "XBC")


def test_a_definition_may_have_the_order_of_another_language() -> None:
    """An acronym in another language's order must have all initials of the long form and no other letters."""
    assert abbreviates("National Harbour Police", "PNH")
    assert abbreviates("National Police of the Harbour", "PNH")
    assert not abbreviates("National Harbour Police", "PNC")
    assert not abbreviates("National Police", "PPN")


@pytest.mark.parametrize(
    ("long", "acronym"),
    [("National Ferry Commission", "CONAFER"), ("Tarnby Electric Power Co", "Tepco"), ("Port Workers Union", "UNIPOR")],
)
def test_a_definition_may_join_beginnings_of_words(long: str, acronym: str) -> None:
    """Beginnings of the words, in any order, make an acronym too."""
    assert is_short_word(acronym)
    assert abbreviates(long, acronym)


@pytest.mark.parametrize(
    ("long", "acronym"), [("National Ferry Commission", "CONAFEX"), ("Tarnby", "TA"), ("Port of", "")]
)
def test_other_letters_abbreviate_nothing(long: str, acronym: str) -> None:
    """Each letter must be in the long form, which has several words."""
    assert not abbreviates(long, acronym)


@given(st.text(alphabet="abA. ", max_size=40), st.text(alphabet="ab.", min_size=1, max_size=10))
def test_any_pair_is_compared(long: str, acronym: str) -> None:
    """No pair of texts makes the comparison fail or take long."""
    assert abbreviates(long, acronym) in (True, False)


@pytest.mark.parametrize(
    ("long", "acronym", "expected"),
    [
        ("National Harbour Promotion Fund", "Fonahar", True),
        ("Unity and Harbour Party", "Puha", True),
        ("Antifraud", "PAF", True),
        ("Velm Airlines", "VQ", True),
        ("Velm Airlines", "QV", False),
        ("Tarnby Port Council", "Brisal", False),
        ("Rovers", "DEN", False),
    ],
)
def test_an_acronym_of_another_language_has_the_initials(long: str, acronym: str, expected: bool) -> None:
    """Next to its long form, an acronym of another language has the initials in any order, with other letters."""
    assert translates(long, acronym) is expected


@pytest.mark.parametrize(
    ("long", "acronym", "expected"),
    [
        ("Tarnby Port Council", "TPC", 3),
        ("Autonomous University of Tarnby", "Unatar", 2),
        ("Velm News Agency", "Velm", 0),
        ("Nairo News Agency", "Nairo", 0),
        ("Office of the UP High Commissioner for Ports", "OHCP", 1),
        ("Tarnby Port Council", "TC", 0),
    ],
)
def test_an_acronym_away_from_its_long_form_needs_more(long: str, acronym: str, expected: int) -> None:
    """Anywhere else an acronym has the initials, all syllables, or all initials but one."""
    assert fits_anywhere(long, acronym) == expected
