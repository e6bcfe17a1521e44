"""Entities that pronouns and descriptions mean."""

from __future__ import annotations

import re

import pytest

from services.enrichment.encoder import EntityType
from services.enrichment.entities.pronouns.agreement import Profile
from services.enrichment.entities.pronouns.antecedents import CLEAR, MarkedSentence, PlacedMention, find_antecedents
from services.enrichment.entities.pronouns.references import find_references

_MARKED = re.compile(r"\[(\w) ([^]]+)\]")
_TYPES: dict[str, EntityType] = {"p": "PER", "q": "PER", "o": "ORG", "w": "ORG", "l": "LOC"}
_NUMBERS = {letter: number for number, letter in enumerate(_TYPES)}


def resolve(*texts: str) -> list[str]:
    """Return, for each reference, the letter of the entity that is clearly meant, or "?".

    Mentions are marked as [letter name]: p and q are persons, o and w organisations, l is a place.
    """
    profiles = [Profile(kind) for kind in _TYPES.values()]
    sentences = []
    for text in texts:
        plain, mentions, end = "", [], 0
        for match in _MARKED.finditer(text):
            plain += text[end : match.start()]
            mentions.append(PlacedMention(len(plain), len(plain) + len(match[2]), _NUMBERS[match[1]]))
            plain += match[2]
            end = match.end()
        plain += text[end:]
        for mention in mentions:
            profiles[mention.entity].add_mention(plain, mention.start, mention.end)
        sentences.append(MarkedSentence(plain, mentions, find_references(plain)))
    letters = dict(enumerate(_TYPES))
    return [
        next((letters[entity] for entity, share in shares.items() if share >= CLEAR), "?")
        for own in find_antecedents(sentences, profiles)
        for shares in own
    ]


@pytest.mark.parametrize(
    ("texts", "meant"),
    [
        (("[p Ada Kern] sang.", "She danced, and her band played."), ["p", "p"]),
        (("[o Varnhall Bank] hired [p Ada Kern].", "It paid her.", "The bank is generous."), ["o", "p", "o"]),
        (("[p Ada Kern], a dentist, met [q Bo Lund].", "The dentist left."), ["p"]),
        (("[p Ada Kern] left [q Bo Lund] in May.", "[p Kern] owns a ship.", "He sails."), ["p"]),
        (("Mr [p Ada Kern] and Ms [q Bo Lund] sang.", "She danced.", "He slept."), ["q", "p"]),
        (("[o Varnhall United] lost.", "They wept.", "The team went home."), ["o", "o"]),
        (("[o Varnhall] promised help.", "However, it lied."), ["o"]),
        (("Although she had sworn to stay, [p Ada Kern] left.",), ["p"]),
        (("[p Ada Kern] sang.", "[q Bo Lund] knows her.", '"She is kind," said [q Lund].'), ["p", "p"]),
    ],
)
def test_the_clear_entity_is_found(texts: tuple[str, ...], meant: list[str]) -> None:
    """Type, gender, nouns, recency, the subject's place and quotation show which entity is meant."""
    assert resolve(*texts) == meant


@pytest.mark.parametrize(
    "texts",
    [
        ("[p Ada Kern] met [q Bo Lund] in the lobby.", "She sang."),
        ("[p Ada Kern] and [q Bo Lund] sang.", "He danced."),
        ("[p Ada Kern] looked at a car.", "It was old."),
        ("[p Ada Kern] sang.", "A neighbour said she was tired."),
        ("[p Ada Kern] sang.", "Rain fell.", "Trains were late.", "Roads were wet.", "Shops closed.", "He smiled."),
        ("[o Varnhall Bank] met [w Merrow Bank].", "The bank lied."),
        ("[l Varnhall] was calm.", "The minister lied."),
    ],
)
def test_an_unclear_reference_means_no_entity(texts: tuple[str, ...]) -> None:
    """Two candidates, another type, someone without a name and a long distance leave a reference open."""
    assert resolve(*texts)[-1] == "?"


def test_clear_pronouns_show_the_gender_of_a_person() -> None:
    """A pronoun that only one person can be is evidence for later pronouns of that person."""
    texts = ("[p Ada Kern] sang.", "She danced.", "[q Bo Lund] met [p Kern].", "She smiled.")
    assert resolve(*texts)[-1] == "?"
    assert resolve("[q Bo Lund] came.", "He waved.", "Rain fell.", "Snow fell.", *texts)[-1] == "p"
