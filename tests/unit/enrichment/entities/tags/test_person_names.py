"""Whole names of persons."""

from __future__ import annotations

import pytest

from services.enrichment.entities.tags.person_names import complete_persons
from tests.unit.enrichment.entities.tagged import Reading, apply, sentence

PERSON: Reading = {"B-PER": 0.9}
SURNAME = sentence(("Lindqvist", PERSON), "thanked", "them")


@pytest.mark.parametrize("first", [{"B-LOC": 0.8}, {"B-LOC": 0.4, "B-PER": 0.3}, {"B-ORG": 0.6}, {"B-PER": 0.5}])
def test_a_word_before_a_known_surname_is_a_first_name(first: Reading) -> None:
    """A place's name before the surname of a person is the person's first name."""
    full = sentence(("Sydney", first), ("Lindqvist", {"B-PER": 0.4, "I-ORG": 0.3}), "sang")
    assert apply(complete_persons, full, SURNAME)[0] == ("Sydney Lindqvist", "PER")


def test_a_first_name_that_is_a_month_belongs_to_the_person() -> None:
    """A word that is no name elsewhere is one before a surname."""
    full = sentence(("June", {"B-PER": 0.45}), ("Lindqvist", {"I-PER": 0.5, "B-PER": 0.4}), "won")
    month = sentence("in", ("June", {}), "they", "won")
    assert apply(complete_persons, full, SURNAME, month)[0] == ("June Lindqvist", "PER")


@pytest.mark.parametrize(
    ("word", "reading"),
    [("Swede", {"B-MISC": 0.9}), ("Striker", {"B-PER": 0.1}), ("Dr", {"B-PER": 0.5}), ("then", {"B-PER": 0.5})],
)
def test_other_words_before_a_surname_stay_apart(word: str, reading: Reading) -> None:
    """Nationalities, titles and common words are no first names."""
    full = sentence((word, reading), ("Lindqvist", {"B-PER": 0.9}), "won")
    assert ("Lindqvist", "PER") in apply(complete_persons, full, SURNAME)[:2]


def test_a_word_before_several_surnames_is_a_title() -> None:
    """Nobody shares a first name with everybody."""
    other = sentence(("Okafor", PERSON), "agreed")
    both = [sentence(("Regent", {"B-PER": 0.5}), (name, {"B-PER": 0.8}), "spoke") for name in ("Lindqvist", "Okafor")]
    found = apply(complete_persons, *both, SURNAME, other)
    assert ("Lindqvist", "PER") in found
    assert ("Regent Lindqvist", "PER") not in found


def test_the_end_of_a_place_is_no_first_name() -> None:
    """Where a comma is missing, a place of several words stays whole."""
    place = sentence("In", ("Port", {"B-LOC": 0.9}), ("Velm", {"I-LOC": 0.9}), ("Lindqvist", PERSON), "spoke")
    assert apply(complete_persons, place, SURNAME)[:2] == [("Port Velm", "LOC"), ("Lindqvist", "PER")]


@pytest.mark.parametrize("title", ["Hon", "Prince", "Dr"])
def test_a_title_before_a_name_is_no_name(title: str) -> None:
    """A title that the encoder takes for a name of its own is none where a name follows."""
    written = sentence((title, {"B-ORG": 0.6}), (".", {"I-ORG": 0.2}), "Justice", ("Lindqvist", PERSON), "sat")
    assert apply(complete_persons, written) == [("Lindqvist", "PER")]


def test_a_title_alone_stays_a_name() -> None:
    """Without a name behind it the word may be a name."""
    assert apply(complete_persons, sentence("the", ("Prince", PERSON), "sang")) == [("Prince", "PER")]


def double(*before: tuple[str, Reading] | str, after: float = 0.0) -> list[tuple[str, str]]:
    names = (("Okoro", {"I-PER" if before and before[-1] != "Mrs" else "B-PER": 0.9}), "-", ("Bello", PERSON))
    return apply(complete_persons, sentence(*before, *names, ("Rice", {"I-PER": after}), "spoke"))


def test_a_hyphen_joins_the_surnames_of_one_person() -> None:
    """A first name or a title before them shows that two surnames are one person's."""
    assert double(("Folu", PERSON)) == [("Folu Okoro - Bello", "PER")]
    assert double("Mrs") == [("Okoro - Bello", "PER")]


def test_a_joined_surname_is_joined_wherever_it_is() -> None:
    """Without a first name before it the surname is the same."""
    full = sentence(("Folu", PERSON), ("Okoro", {"I-PER": 0.9}), "-", ("Bello", PERSON), "spoke")
    alone = sentence(("Okoro", PERSON), "-", ("Bello", PERSON), "left")
    assert apply(complete_persons, full, alone) == [("Folu Okoro - Bello", "PER"), ("Okoro - Bello", "PER")]


def test_a_hyphen_between_two_persons_joins_nothing() -> None:
    """Talks between two persons name both."""
    assert apply(complete_persons, sentence("the", ("Okoro", PERSON), "-", ("Bello", PERSON), "talks")) == [
        ("Okoro", "PER"),
        ("Bello", "PER"),
    ]
    assert double(("Folu", PERSON), after=0.9) == [("Folu Okoro", "PER"), ("Bello Rice", "PER")]
