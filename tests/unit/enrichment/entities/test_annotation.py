"""Annotation of an article, by the function that the pipeline calls: entities, mentions, salience and sentiment."""

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
    """Entities are numbered by first mention, headline first."""
    annotation = read_fields(ARTICLE, FakeEncoder(), 1000)
    assert [(entity.id, entity.name) for entity in annotation.entities] == [
        ("e1", "Mara Lindqvist"),
        ("e2", "Harbour Authority"),
        ("e3", "Tarnby"),
        ("e4", "Nordic"),
    ]


def test_mentions_are_exact_in_their_fields() -> None:
    """The offsets of each mention give its text in its field."""
    for entity in read_fields(ARTICLE, FakeEncoder(), 1000).entities:
        for mention in entity.mentions:
            assert ARTICLE[mention.field][mention.start : mention.end] == mention.text


def test_a_name_across_a_line_break_has_a_space() -> None:
    """A mention across a line break keeps the break in its text, and the entity's name has a space instead."""
    (entity,) = read_fields({"body": "So said Mara\nLindqvist."}, FakeEncoder(), 1000).entities
    assert entity.mentions[0].text == "Mara\nLindqvist"
    assert entity.name == "Mara Lindqvist"


def test_an_article_is_read_in_one_call() -> None:
    """The encoder reads all sentences of an article in one call, and no other sentences."""
    encoder = FakeEncoder()
    read_fields(ARTICLE, encoder, 1000)
    assert [[len(article) for article in call] for call in encoder.calls] == [[4]]


def test_sentiment_toward_an_entity_comes_from_its_mentions() -> None:
    """Praise and blame change the sentiment of the entity that they are about."""
    entities = {entity.name: entity for entity in read_fields(ARTICLE, FakeEncoder(), 1000).entities}
    blamed, named = entities["Harbour Authority"].sentiment, entities["Tarnby"].sentiment
    assert blamed.negative > max(blamed.positive, 3 * named.negative)
    assert named.polarity == "neutral"


def test_probabilities_are_rounded_and_sum_to_one() -> None:
    """Published probabilities of sentiment have four decimals and sum to 1."""
    annotation = read_fields(ARTICLE, FakeEncoder(), 1000)
    assert annotation.sentiment is not None
    parts = (annotation.sentiment.overall, annotation.sentiment.headline, annotation.sentiment.body)
    for each in [*parts, *(entity.sentiment for entity in annotation.entities)]:
        assert each is not None
        values = (each.negative, each.neutral, each.positive)
        assert sum(values) == pytest.approx(1, abs=1e-9)
        assert all(round(value, 4) == value for value in values)


def test_a_name_in_the_headline_is_more_salient_than_a_late_one() -> None:
    """Frequency, a mention in the headline and early mentions make the main person the most salient entity."""
    entities = read_fields(ARTICLE, FakeEncoder(), 1000).entities
    assert max(entities, key=lambda entity: entity.salience).name == "Mara Lindqvist"
    assert min(entities, key=lambda entity: entity.salience).name == "Nordic"


def test_a_place_that_the_article_is_about_is_above_a_person_named_once() -> None:
    """Whoever acts once is less central than a place with several mentions, even in the first sentence."""
    body = "Mara Lindqvist spoke in Tarnby. The harbour of Tarnby froze. Ferries left Tarnby."
    entities = {entity.name: entity.salience for entity in read_fields({"body": body}, FakeEncoder(), 100).entities}
    assert entities["Tarnby"] > entities["Mara Lindqvist"]


def test_an_empty_article_has_no_entities_and_no_sentiment() -> None:
    """An article without text has no sentiment, which differs from a neutral one."""
    annotation = read_fields({"headline": "", "body": " \n"}, FakeEncoder(), 1000)
    assert annotation.entities == ()
    assert annotation.sentiment is None


class DenseEncoder(FakeEncoder):
    """Fake encoder that needs one word piece for each code point, like a real one for text that is no language."""

    def measure(self, text: str) -> int:
        return len(text)


def test_dense_text_is_read_as_far_as_its_pieces_allow() -> None:
    """The limit allows 1.5 pieces per word: whole sentences are read, at least the first, and the rest is reported."""
    fields = {"headline": "Port hailed", "body": "Mara Lindqvist spoke. Mara Lindqvist spoke."}
    read = [read_fields(fields, DenseEncoder(), words) for words in (10, 22, 36)]
    assert [annotation.truncated for annotation in read] == [True, True, False]
    assert [sum(len(entity.mentions) for entity in annotation.entities) for annotation in read] == [0, 1, 2]
    (only,) = read_fields({"body": "Mara Lindqvist spoke."}, DenseEncoder(), 5).entities
    assert only.name == "Mara Lindqvist"


def test_a_defined_acronym_is_the_long_form() -> None:
    """After "Harbour Authority (HA)", a later "HA" is the same entity."""
    encoder = FakeEncoder({"Harbour Authority": "ORG", "HA": "MISC"})
    (entity,) = read_fields({"body": "The Harbour Authority (HA) met. The HA left."}, encoder, 1000).entities
    assert [mention.text for mention in entity.mentions] == ["Harbour Authority", "HA", "HA"]


def test_headline_and_body_have_their_own_sentiment() -> None:
    """Headline and body have their own sentiment, and a missing part has none."""
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


def test_a_headline_in_capitals_names_the_same_entity() -> None:
    """A name in a headline in capitals joins the person in the body, although the encoder read a place."""
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
    """Salience is between 0 and 1 for any article."""
    salience = compute_salience(
        kind, mentions=mentions, most_mentions=most, before=before, first_sentence=first, sentences=100
    )
    assert 0 <= salience <= 1


def test_persons_and_organisations_are_more_salient_than_places() -> None:
    """With equal numbers and positions of mentions, a person and an organisation are more salient than a place."""
    weighed = [
        compute_salience(kind, mentions=3, most_mentions=5, before=0, first_sentence=0, sentences=9)
        for kind in ("PER", "ORG", "LOC")
    ]
    assert weighed[0] == weighed[1] > weighed[2]


@given(st.lists(st.sampled_from(["Mara Lindqvist", "Tarnby", "it's", ".", "\n", "\n\n", "hailed", "'s", "“", "😀"])))
def test_offsets_are_exact_for_any_text(words: list[str]) -> None:
    """The offsets of mentions are exact for any surrounding text."""
    fields = {"headline": " ".join(words[:3]), "body": " ".join(words[3:])}
    for entity in read_fields(fields, FakeEncoder(), 1000).entities:
        for mention in entity.mentions:
            assert fields[mention.field][mention.start : mention.end] == mention.text
            assert mention.text == mention.text.strip()


def test_a_bracket_in_a_name_is_closed() -> None:
    """A mention that ends before its own closing bracket has that bracket; another bracket stays outside."""
    encoder = FakeEncoder({"VP(U": "ORG", "Tarnby": "LOC"})
    entities = read_fields({"body": "VP(U) won (in Tarnby). VP(U) leads."}, encoder, 1000).entities
    assert [mention.text for entity in entities for mention in entity.mentions] == ["VP(U)", "VP(U)", "Tarnby"]


def test_a_pronoun_of_a_clear_person_counts() -> None:
    """What is said of "she" is said of the only person, and is no mention of the person."""
    (entity,) = read_fields({"body": "Lindqvist spoke. She was blamed for it."}, FakeEncoder(), 1000).entities
    assert entity.sentiment.negative > entity.sentiment.positive
    assert [mention.text for mention in entity.mentions] == ["Lindqvist"]
    assert entity.is_certain


def test_a_pronoun_that_may_be_another_makes_both_uncertain() -> None:
    """If two persons may be meant, neither is blamed, and neither is certain."""
    encoder = FakeEncoder({"Lindqvist": "PER", "Orsted": "PER"})
    body = "Lindqvist and Orsted spoke. They left. He was blamed, and his plan, and his party, and his friends."
    for entity in read_fields({"body": body}, encoder, 1000).entities[1:]:
        assert entity.sentiment.polarity == "neutral"
        assert not entity.is_certain
