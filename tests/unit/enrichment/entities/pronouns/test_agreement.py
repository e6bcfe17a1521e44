"""Nouns and gender that an article gives to its entities."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import EntityType
from services.enrichment.entities.pronouns.agreement import Profile


def describe(sentence: str, name: str, kind: EntityType) -> Profile:
    profile = Profile(kind)
    start = sentence.index(name)
    profile.add_mention(sentence, start, start + len(name))
    return profile


@pytest.mark.parametrize(
    ("sentence", "name", "kind", "head"),
    [
        ("Governor Ines Rask resigned.", "Ines Rask", "PER", "governor"),
        ("The striker Ines Rask scored.", "Ines Rask", "PER", "striker"),
        ("Ines Rask, the former head of the navy, spoke.", "Ines Rask", "PER", "head"),
        ("Ines Rask, 44, a dentist from Oslo, spoke.", "Ines Rask", "PER", "dentist"),
        ("Ines Rask is a well-known dentist.", "Ines Rask", "PER", "dentist"),
        ("Senator Ines Rask resigned.", "Senator Ines Rask", "PER", "senator"),
        ("Fennmark Steel, a maker of rails, closed.", "Fennmark Steel", "ORG", "maker"),
        ("He joined Fennmark Bank.", "Fennmark Bank", "ORG", "bank"),
        ("He leads the University of Fennmark.", "University of Fennmark", "ORG", "university"),
    ],
)
def test_the_words_beside_a_name_describe_it(sentence: str, name: str, kind: EntityType, head: str) -> None:
    """A title, an apposition, "is a" and the name's own noun are nouns of the entity."""
    assert head in describe(sentence, name, kind).heads


@pytest.mark.parametrize(
    ("sentence", "gender"),
    [
        ("Mrs Ines Rask resigned.", "she"),
        ("Police questioned her husband Ines Rask.", "he"),
        ("A spokeswoman, Ines Rask, resigned.", None),
        ("Ines Rask, a businesswoman from Oslo, resigned.", "she"),
        ("Judge Ines Rask resigned.", None),
        ("The German Ines Rask resigned.", None),
    ],
)
def test_titles_and_kinship_show_the_gender_of_a_person(sentence: str, gender: str | None) -> None:
    """The gender is known from a word that is said of one gender, and from nothing else."""
    assert describe(sentence, "Ines Rask", "PER").gender == gender
