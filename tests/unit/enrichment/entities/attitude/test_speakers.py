"""Spans that a sentence names only as the source of what it reports."""

from __future__ import annotations

import pytest

from services.enrichment.entities.attitude.speakers import has_speech, is_speaker


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Mayor Elsa Brandt said the bridge was lost.", "Elsa Brandt"),
        ("Elsa Brandt, who leads the council, told reporters that it was lost.", "Elsa Brandt"),
        ("“The bridge is lost,” said mayor Elsa Brandt.", "Elsa Brandt"),
        ("The bridge is lost, Elsa Brandt has said.", "Elsa Brandt"),
        ("According to Elsa Brandt, the bridge is lost.", "Elsa Brandt"),
        ("Elsa Brandt accused the builders of fraud.", "Elsa Brandt"),
        ("The minister of transport, Elsa Brandt, accused the builders of fraud.", "Elsa Brandt"),
        ("The minister, Elsa Brandt (Left), has said that it was lost.", "Elsa Brandt"),
        ("Elsa Brandt (Left) called the builders thieves.", "Elsa Brandt"),
    ],
)
def test_a_speaker_is_recognised(sentence: str, name: str) -> None:
    """The subject of a verb of speech, and the source behind "according to", only speak."""
    start = sentence.index(name)
    assert has_speech(sentence)
    assert is_speaker(sentence, start, start + len(name))


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Elsa Brandt lied, critics said.", "Elsa Brandt"),
        ("Critics said Elsa Brandt had lied.", "Elsa Brandt"),
        ("Neighbours told Elsa Brandt to leave.", "Elsa Brandt"),
        ("The bridge is lost, said a friend of Elsa Brandt who had lied.", "bridge"),
        ("Elsa Brandt won.", "Elsa Brandt"),
        ("The police arrested the mayor, Elsa Brandt, accused of fraud.", "Elsa Brandt"),
        ("It was decided by Elsa Brandt, said a clerk.", "Elsa Brandt"),
        ("Elsa Brandt accused of fraud, a paper said.", "Elsa Brandt"),
        ("Elsa Brandt praised for courage, a paper said.", "Elsa Brandt"),
        ("Elsa Brandt warned by judge, a paper said.", "Elsa Brandt"),
    ],
)
def test_who_is_spoken_of_is_no_speaker(sentence: str, name: str) -> None:
    """A name that a speaker speaks of or speaks to is not a speaker."""
    start = sentence.index(name)
    assert not is_speaker(sentence, start, start + len(name))
    assert has_speech(sentence) or "said" not in sentence
