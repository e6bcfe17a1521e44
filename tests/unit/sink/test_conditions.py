"""Conditions of routing rules: which events each one matches."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.event import EnrichedArticle, Identifiers
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event, build_sentiment

ACME = build_entity("Acme", "ORG", salience=0.7, polarity="negative")
ANNA = build_entity("Anna Berg", "PER", salience=0.2)
APPLE = build_entity("Apple", "ORG", polarity="negative", identifiers=Identifiers(wikidata="Q312"))
NAIROBI = build_entity("Nairobi", "LOC", identifiers=Identifiers(wikidata="Q3870", iso3166="KE"))
SUPPLIER = build_entity("Tarn", "ORG", identifiers=Identifiers(own="42"))


def matches(when: str, event: EnrichedArticle) -> bool:
    """Return whether a route with this condition matches the event."""
    return parse_rules(f"version: 1\nroutes:\n  - name: it\n    when: {when}\n".encode(), "rules").match(event) == (
        "it",
    )


@pytest.mark.parametrize(
    ("when", "event", "expected"),
    [
        ("always", build_event(), True),
        ("{language: en}", build_event(language="en-GB"), True),
        ("{language: en-GB}", build_event(language="en"), False),
        ("{language: [de, PT]}", build_event(language="pt-BR"), True),
        ("{language: no}", build_event(language="no"), True),
        ("{language: no}", build_event(language="nn-NO"), True),
        ("{language: zh-Hant}", build_event(language="zh-Hant-TW"), True),
        ("{language: zh-Hant}", build_event(language="zh"), False),
        ("{language: de}", build_event(), False),
        ("{source: bbc.co.uk}", build_event(source="News.BBC.co.uk"), True),
        ("{source: bbc.co.uk}", build_event(source="notbbc.co.uk"), False),
        ("{source: bbc.co.uk}", build_event(source=None), False),
        ("{source: www.bbc.co.uk}", build_event(source="bbc.co.uk"), True),
        ('{source: "https://bbc.co.uk/news"}', build_event(source="news.bbc.co.uk"), True),
        ("{source: bbc.co.uk}", build_event(source="http://www.bbc.co.uk/"), True),
        ("{source: BBC news}", build_event(source="BBC News"), True),
        ("{verdict: [exact, near]}", build_event(verdict="near"), True),
        ("{verdict: original}", build_event(verdict="near"), False),
        ("{sentiment: negative}", build_event(sentiment=build_sentiment("negative")), True),
        ("{sentiment: negative}", build_event(), False),
        ("{sentiment: [neutral, positive]}", build_event(sentiment=build_sentiment("positive")), True),
        (
            "{sentiment: {polarity: negative, min_probability: 0.9}}",
            build_event(sentiment=build_sentiment("negative", 0.8)),
            False,
        ),
        ("{entity: {type: ORG}}", build_event(entities=(ANNA, ACME)), True),
        ("{entity: {type: ORG}}", build_event(entities=None), False),
        ("{entity: {type: ORG}}", build_event(entities=()), False),
        ("{entity: {name: ACME, sentiment: negative}}", build_event(entities=(ACME,)), True),
        ("{entity: {name: [acme, anna berg], min_salience: 0.6}}", build_event(entities=(ANNA,)), False),
        ("{entity: {type: PER, sentiment: negative}}", build_event(entities=(ANNA, ACME)), False),
        ("{entity: {id: [Q312, own:42], sentiment: negative}}", build_event(entities=(NAIROBI, APPLE)), True),
        ("{entity: {id: [q312, own:42]}}", build_event(entities=(SUPPLIER,)), True),
        ("{entity: {id: Q312, sentiment: positive}}", build_event(entities=(APPLE,)), False),
        ("{entity: {id: Q3}}", build_event(entities=(APPLE,)), False),
        ("{entity: {country: ke, type: LOC}}", build_event(entities=(APPLE, NAIROBI)), True),
        ("{country: [UG, KE]}", build_event(entities=(APPLE, NAIROBI)), True),
        ("{country: NO}", build_event(entities=(APPLE, NAIROBI)), False),
        ("{not: {country: KE}}", build_event(entities=(APPLE,)), True),
        ("{not: {country: KE}}", build_event(entities=(ACME,)), False),
        ("{headline: port}", build_event(headline="PORT, closed"), True),
        ("{headline: port}", build_event(headline="Airports reopen"), False),
        ("{headline: port}", build_event(headline=None), False),
        ('{body: ["the  port of"]}', build_event(), True),
        ('{body: "a.c"}', build_event(body="abc"), False),
        ("{language: en, verdict: near}", build_event(), False),
        ("{not: {language: en}}", build_event(), False),
        ("{any: [{language: de}, {verdict: original}]}", build_event(), True),
        ("{any: [{language: de}, {verdict: near}]}", build_event(), False),
        ("{all: [{language: en}, {not: {verdict: near}}]}", build_event(), True),
        ("{not: {any: [{language: de}, always]}}", build_event(), False),
        ("{headline: [port, port, PORT]}", build_event(), True),
    ],
)
def test_a_condition_matches_the_right_events(when: str, event: EnrichedArticle, expected: bool) -> None:
    """Each condition matches the events that it describes, and no other."""
    assert matches(when, event) is expected


BARE = build_event(language="und", source=None, headline=None, body="")


@pytest.mark.parametrize(
    "condition",
    [
        "{language: en}",
        "{source: bbc.co.uk}",
        "{sentiment: negative}",
        "{entity: {type: PER}}",
        "{entity: {name: Anna Berg}}",
        "{entity: {id: Q312}}",
        "{country: KE}",
        "{headline: port}",
        "{body: port}",
    ],
)
def test_what_an_article_does_not_have_neither_matches_nor_matches_not(condition: str) -> None:
    """A condition on a part that the article does not have is unknown, and so is its `not`."""
    assert not matches(condition, BARE)
    assert not matches(f"{{not: {condition}}}", BARE)
    assert not matches(f"{{not: {{not: {condition}}}}}", BARE)
    assert not matches(f"{{not: {{all: [{condition}, always]}}}}", BARE)
    assert not matches(f"{{not: {{any: [{condition}, {{verdict: near}}]}}}}", BARE)
    assert matches(f"{{any: [{condition}, always]}}", BARE)
    assert matches(f"{{not: {{all: [{condition}, {{verdict: near}}]}}}}", BARE)


@pytest.mark.parametrize(
    ("part", "has"),
    [
        ("language", {"language": "de"}),
        ("source", {"source": "bbc.co.uk"}),
        ("headline", {"headline": "Storm"}),
        ("body", {"body": "Storm."}),
        ("sentiment", {"sentiment": build_sentiment("neutral")}),
        ("entities", {"entities": ()}),
    ],
)
def test_a_rule_can_ask_for_missing_parts(part: str, has: dict[str, Any]) -> None:
    """`missing` is true for an article without the part, and its `not` for an article that has it."""
    complete = build_event(**{"language": "und", "source": None, "headline": None, "body": "", **has})
    assert matches(f"{{missing: {part}}}", BARE)
    assert not matches(f"{{not: {{missing: {part}}}}}", BARE)
    assert not matches(f"{{missing: {part}}}", complete)
    assert matches(f"{{not: {{missing: {part}}}}}", complete)
    assert matches(f"{{missing: [{part}, published_at]}}", complete)


def test_an_article_without_known_language_can_be_selected_by_its_code() -> None:
    """`und` is the code of an unknown language, alone or in a list, and `not` of it selects known languages."""
    assert matches("{language: und}", BARE)
    assert matches("{language: [en, und]}", BARE)
    assert not matches("{not: {language: und}}", BARE)
    assert matches("{not: {language: und}}", build_event())


def test_an_article_in_which_no_entity_was_found_does_not_miss_them() -> None:
    """`not` of an entity selects an article in which entities were looked for and none was found."""
    assert matches("{not: {entity: {type: PER}}}", build_event(entities=()))
    assert not matches("{not: {entity: {type: PER}}}", build_event(entities=None))
