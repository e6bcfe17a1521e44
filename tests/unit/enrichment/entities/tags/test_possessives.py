"""Whether a name owns its 's."""

from __future__ import annotations

import pytest

from services.enrichment.entities.tags.possessives import decide_possessives
from tests.unit.enrichment.entities.tagged import TaggedSentence, apply, sentence


def owner(*after: str, name: str = "Tarnby", kind: str = "ORG", owns: float = 0.2, mark: str = "'s") -> TaggedSentence:
    """Return a sentence with a name, 's as a part of it with the probability `owns`, and the words behind it."""
    return sentence((name, {f"B-{kind}": 0.9}), (mark, {f"I-{kind}": owns}), *after)


@pytest.mark.parametrize("after", ["said", "opened", "and", "of", "would", "sold", "in"])
@pytest.mark.parametrize("mark", ["'s", "’s", "'S"])
def test_a_name_with_a_verb_or_function_word_behind_owns_its_s(after: str, mark: str) -> None:
    """No noun follows, so that the 's is no possessive."""
    assert apply(decide_possessives, owner(after, "a", "shop", mark=mark)) == [(f"Tarnby {mark}", "ORG")]


@pytest.mark.parametrize("after", ["profit", "Chief", "new", "Red"])
@pytest.mark.parametrize("mark", ["'s", "’s", "'S"])
def test_a_noun_behind_makes_a_possessive(after: str, mark: str) -> None:
    """What the encoder has no reason to join stays apart."""
    assert apply(decide_possessives, owner(after, mark=mark)) == [("Tarnby", "ORG")]


def test_the_name_without_s_elsewhere_makes_a_possessive() -> None:
    """The article calls the thing by the name alone."""
    bare = sentence("at", ("Tarnby", {"B-ORG": 0.9}), "they")
    assert apply(decide_possessives, owner("said", owns=0.9), bare)[0] == ("Tarnby", "ORG")


def test_an_acronym_of_the_name_in_brackets_makes_a_possessive() -> None:
    """The initials leave the 's out, however certain the encoder is; another word in brackets shows nothing."""
    name = (("Tarnby", {"B-ORG": 0.9}), ("Ports", {"I-ORG": 0.9}), ("'s", {"I-ORG": 0.9}))
    assert apply(decide_possessives, sentence(*name, "(", "TP", ")", "plan")) == [("Tarnby Ports", "ORG")]
    assert apply(decide_possessives, sentence(*name, "(", "MCD", ")", "plan")) == [("Tarnby Ports 's", "ORG")]


def test_all_mentions_have_one_answer() -> None:
    """A clear mention decides for one with a noun behind it."""
    found = apply(decide_possessives, owner("said", owns=0.8), owner("chief", owns=0.3))
    assert found == [("Tarnby 's", "ORG")] * 2


def test_a_name_of_which_the_encoder_is_certain_keeps_its_s() -> None:
    """The encoder knows some names."""
    assert apply(decide_possessives, owner("chief", owns=0.8)) == [("Tarnby 's", "ORG")]


def test_a_name_that_owns_its_s_is_no_person() -> None:
    """A name that only ever has its 's, with verbs behind it, is an organisation; a person's name has none."""
    shop = [owner(after, kind="PER", owns=0.02) for after in ("said", "will", "opened")]
    assert apply(decide_possessives, *shop) == [("Tarnby 's", "ORG")] * 3
    person = [owner(after, kind="PER", owns=0.02) for after in ("plan", "party", "son")]
    assert apply(decide_possessives, *person) == [("Tarnby", "PER")] * 3


def test_a_name_that_continues_is_left_to_the_encoder() -> None:
    """The 's inside of a name is no ending."""
    inside = sentence(("Tarnby", {"B-ORG": 0.9}), ("'s", {"I-ORG": 0.9}), ("Bank", {"I-ORG": 0.9}), "said")
    assert apply(decide_possessives, inside) == [("Tarnby 's Bank", "ORG")]


def test_an_s_without_a_name_is_left_alone() -> None:
    """Contractions and an 's at the beginning are no possessives of names."""
    assert apply(decide_possessives, sentence("'s", "it", "'s", "late")) == []
