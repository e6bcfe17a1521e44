"""The one function that the pipeline calls."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities import read_fields
from services.enrichment.entities.salience import compute_salience
from services.enrichment.labels import ENTITY_TYPES
from tests.support.fake_encoder import FakeEncoder

ARTICLE = {
    "headline": "Lindqvist hailed for the ferry deal",
    "body": (
        "Mara Lindqvist signed the deal with the Harbour Authority in\nTarnby.\n\n"
        "Lindqvist's critics blamed the Harbour Authority for the delay. Nordic shipowners kept quiet."
    ),
}


def test_entities_are_numbered_by_first_mention() -> None:
    """Ids follow the order of first mention, headline first."""
    annotation = read_fields(ARTICLE, FakeEncoder(), 1000)
    assert [(entity.id, entity.name) for entity in annotation.entities] == [
        ("e1", "Mara Lindqvist"),
        ("e2", "Harbour Authority"),
        ("e3", "Tarnby"),
        ("e4", "Nordic"),
    ]


def test_mentions_are_exact_in_their_fields() -> None:
    """Each mention's offsets cut its text out of its field."""
    for entity in read_fields(ARTICLE, FakeEncoder(), 1000).entities:
        for mention in entity.mentions:
            assert ARTICLE[mention.field][mention.start : mention.end] == mention.text


def test_a_name_across_a_line_break_keeps_it_in_the_text_and_not_in_the_name() -> None:
    """The mention is the field's own text; the name is on one line."""
    (entity,) = read_fields({"body": "So said Mara\nLindqvist."}, FakeEncoder(), 1000).entities
    assert entity.mentions[0].text == "Mara\nLindqvist"
    assert entity.name == "Mara Lindqvist"


def test_one_article_is_one_call() -> None:
    """The encoder reads all sentences of an article at once, and nothing else with them."""
    encoder = FakeEncoder()
    read_fields(ARTICLE, encoder, 1000)
    assert [[len(article) for article in call] for call in encoder.calls] == [[4]]


def test_sentiment_toward_an_entity_comes_from_its_mentions() -> None:
    """Praise in the headline and blame in the body reach whom they are about."""
    entities = {entity.name: entity for entity in read_fields(ARTICLE, FakeEncoder(), 1000).entities}
    assert entities["Harbour Authority"].sentiment.polarity == "negative"
    assert entities["Tarnby"].sentiment.polarity == "neutral"


def test_probabilities_are_rounded_and_sum_to_one() -> None:
    """Published sentiment has four decimals and sums to 1."""
    annotation = read_fields(ARTICLE, FakeEncoder(), 1000)
    assert annotation.sentiment is not None
    parts = (annotation.sentiment.overall, annotation.sentiment.headline, annotation.sentiment.body)
    for each in [*parts, *(entity.sentiment for entity in annotation.entities)]:
        assert each is not None
        values = (each.negative, each.neutral, each.positive)
        assert sum(values) == pytest.approx(1, abs=1e-9)
        assert all(round(value, 4) == value for value in values)


def test_a_headline_name_is_more_salient_than_a_late_one() -> None:
    """Frequency, headline and earliness rank the person of the story first."""
    entities = read_fields(ARTICLE, FakeEncoder(), 1000).entities
    assert max(entities, key=lambda entity: entity.salience).name == "Mara Lindqvist"
    assert min(entities, key=lambda entity: entity.salience).name == "Nordic"


def test_an_empty_article_has_no_entities_and_no_sentiment() -> None:
    """Nothing to read is not the same as neutral."""
    annotation = read_fields({"headline": "", "body": " \n"}, FakeEncoder(), 1000)
    assert annotation.entities == ()
    assert annotation.sentiment is None


class DenseEncoder(FakeEncoder):
    """Takes every code point for a piece, as an encoder does what is no language."""

    def measure(self, text: str) -> int:
        return len(text)


def test_dense_text_is_read_as_far_as_its_pieces_allow() -> None:
    """1.5 pieces a word: whole sentences are read, the first always, and the event says what was left out."""
    fields = {"headline": "Port hailed", "body": "Mara Lindqvist spoke. Mara Lindqvist spoke."}
    read = [read_fields(fields, DenseEncoder(), words) for words in (10, 22, 36)]
    assert [annotation.truncated for annotation in read] == [True, True, False]
    assert [sum(len(entity.mentions) for entity in annotation.entities) for annotation in read] == [0, 1, 2]
    (only,) = read_fields({"body": "Mara Lindqvist spoke."}, DenseEncoder(), 5).entities
    assert only.name == "Mara Lindqvist"


def test_a_defined_acronym_is_the_long_form() -> None:
    """Harbour Authority (HA) makes a later HA the same entity."""
    encoder = FakeEncoder({"Harbour Authority": "ORG", "HA": "MISC"})
    (entity,) = read_fields({"body": "The Harbour Authority (HA) met. The HA left."}, encoder, 1000).entities
    assert [mention.text for mention in entity.mentions] == ["Harbour Authority", "HA", "HA"]


def test_headline_and_body_are_judged_apart() -> None:
    """A headline that praises and a body that blames are told apart; a part that is missing has no sentiment."""
    body = "Critics blamed the port. Owners blamed it too."
    sentiment = read_fields({"headline": "Port hailed", "body": body}, FakeEncoder(), 1000).sentiment
    assert sentiment is not None
    assert sentiment.headline is not None
    assert sentiment.body is not None
    assert (sentiment.headline.polarity, sentiment.body.polarity) == ("positive", "negative")
    bare = read_fields({"headline": "", "body": body}, FakeEncoder(), 1000).sentiment
    assert bare is not None
    assert bare.headline is None
    assert bare.body == sentiment.body == bare.overall


def test_a_shouted_headline_names_the_same_entity() -> None:
    """A name that its capitals make a place in the headline is the body's person, with both mentions."""
    encoder = FakeEncoder({"Lindqvist": "PER", "LINDQVIST": "LOC"})
    fields = {"headline": "LINDQVIST RESIGNS", "body": "Lindqvist resigned. So ends the reign of Lindqvist."}
    (entity,) = read_fields(fields, encoder, 1000).entities
    assert (entity.name, entity.type) == ("Lindqvist", "PER")
    assert [mention.field for mention in entity.mentions] == ["headline", "body", "body"]


@given(
    kind=st.sampled_from(ENTITY_TYPES),
    mentions=st.integers(1, 50),
    most=st.integers(1, 50),
    before=st.none() | st.integers(0, 99),
    first=st.integers(0, 99),
)
def test_salience_is_between_zero_and_one(kind: Any, mentions: int, most: int, before: int | None, first: int) -> None:
    """Whatever the article, salience stays in its range."""
    salience = compute_salience(
        kind, mentions=mentions, most_mentions=most, before=before, first_sentence=first, sentences=100
    )
    assert 0 <= salience <= 1


def test_who_acts_is_more_salient_than_where() -> None:
    """With the same mentions in the same places, a person and an organisation come before a place."""
    weighed = [
        compute_salience(kind, mentions=3, most_mentions=5, before=0, first_sentence=0, sentences=9)
        for kind in ("PER", "ORG", "LOC")
    ]
    assert weighed[0] == weighed[1] > weighed[2]


@given(st.lists(st.sampled_from(["Mara Lindqvist", "Tarnby", "it's", ".", "\n", "\n\n", "hailed", "'s", "“", "😀"])))
def test_any_arrangement_keeps_offsets_exact(words: list[str]) -> None:
    """Mentions are exact whatever stands around them."""
    fields = {"headline": " ".join(words[:3]), "body": " ".join(words[3:])}
    for entity in read_fields(fields, FakeEncoder(), 1000).entities:
        for mention in entity.mentions:
            assert fields[mention.field][mention.start : mention.end] == mention.text
            assert mention.text == mention.text.strip()
