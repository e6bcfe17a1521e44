"""References that a sentence makes to what was named before."""

from __future__ import annotations

import pytest

from services.enrichment.entities.pronouns.references import find_references


def read(sentence: str) -> list[tuple[str, str]]:
    return [(sentence[each.start : each.end], each.form) for each in find_references(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("She praised him and his aunt.", [("She", "she"), ("him", "he"), ("his", "he")]),
        ("Its rivals said they would sue it.", [("Its", "it"), ("they", "they"), ("it", "it")]),
        ("The mayor's office closed.", [("The mayor", "description")]),
        ("Last week the embattled carmaker cut jobs.", [("the embattled carmaker", "description")]),
        ("They met the bank manager in June.", [("They", "they"), ("the bank manager", "description")]),
        ("This company (the third) grew.", [("This company", "description"), ("the third", "description")]),
    ],
)
def test_pronouns_and_descriptions_are_found(sentence: str, expected: list[tuple[str, str]]) -> None:
    """Pronouns of the third person and nouns with a definite article are references, with their exact spans."""
    assert read(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "It is clear that rain will fall.",
        "It would be wrong to wait.",
        "Nothing happened in IT or at HER Holdings.",
        "We thank you for your time.",
        "Theory and itinerary differ.",
        "",
    ],
)
def test_other_words_are_no_references(sentence: str) -> None:
    """An "it" without meaning, capitals, other pronouns and parts of words are no references."""
    assert read(sentence) == []
