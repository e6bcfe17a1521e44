"""Explanations of routing decisions: each condition's answer and the value that decided."""

from __future__ import annotations

import json

import pytest

from services.contracts.event import EnrichedArticle
from services.sink.rules import EXAMPLE_RULES, explain, read_rules, to_jsonable
from services.sink.rules.explanation import ExplainedCondition
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event, build_sentiment

ACME = build_entity("Acme", "ORG", salience=0.7, polarity="negative")
ANNA = build_entity("Anna Berg", "PER", salience=0.2)
EVENTS = (
    build_event(),
    build_event(language="und", source=None, headline=None, body=""),
    build_event(verdict="near", entities=(ACME, ANNA), sentiment=build_sentiment("negative")),
    build_event(language="pt-BR", headline="Summit ends", entities=(), sentiment=build_sentiment("positive", 0.6)),
)


def explain_condition(when: str, event: EnrichedArticle) -> ExplainedCondition:
    """Return the explanation of one condition."""
    rules = parse_rules(f"version: 1\nroutes:\n  - name: it\n    when: {when}\n".encode(), "rules")
    return explain(rules, event).conditions[0].condition


@pytest.mark.parametrize(
    ("when", "event", "holds", "value", "because"),
    [
        ("{language: en}", build_event(language="en-GB"), True, "en-GB", "language is en-GB, probability 0.90"),
        ("{language: de}", build_event(language="und"), None, "und", "language is not known"),
        ("{source: cnn.com}", build_event(), False, "bbc.co.uk", "source is bbc.co.uk"),
        ("{source: cnn.com}", build_event(source=None), None, None, "has no source"),
        ("{verdict: exact}", build_event(verdict="near"), False, "near", "verdict is near"),
        ("{missing: [headline, byline]}", build_event(headline=None), True, ["headline", "byline"], "no headline and"),
        ("{missing: body}", build_event(), False, [], "the article has body"),
        ("{sentiment: negative}", build_event(), None, None, "no sentiment"),
        (
            "{sentiment: {polarity: negative, min_probability: 0.9}}",
            build_event(sentiment=build_sentiment("negative", 0.8)),
            False,
            {"polarity": "negative", "probability": 0.8},
            "0.8, which is below 0.9",
        ),
        ("{headline: [port, closes, sun]}", build_event(), True, ["port", "closes"], "contains “port”, “closes”"),
        ("{headline: [sun, moon]}", build_event(), False, [], "none of 2 phrases is in the headline"),
        ("{body: sun}", build_event(), False, [], "the phrase is not in the body"),
        ("{body: sun}", build_event(body=""), None, None, "no body"),
    ],
)
def test_a_condition_says_which_value_decided(
    when: str, event: EnrichedArticle, holds: bool | None, value: object, because: str
) -> None:
    """An explained condition has the answer of the rule, the event's value, and the same in words."""
    condition = explain_condition(when, event)
    assert (condition.holds, condition.value) == (holds, value)
    assert because in condition.because


@pytest.mark.parametrize(
    ("when", "holds", "name", "because"),
    [
        ("{entity: {type: ORG}}", True, "Acme", "Acme (ORG, negative, salience 0.7)"),
        ("{entity: {type: PER, min_salience: 0.5}}", False, "Acme", "is of type ORG"),
        ("{entity: {name: Anna Berg, min_salience: 0.5}}", False, "Anna Berg", "has a salience below 0.5"),
        ("{entity: {name: acme, sentiment: positive}}", False, "Acme", "has the sentiment negative"),
        ("{entity: {name: Initech}}", False, None, "none of 2 entities has this name"),
        ("{entity: {id: Q312}}", None, None, "the entities were not linked"),
    ],
)
def test_an_entity_condition_names_the_entity_that_decides(
    when: str, holds: bool, name: str | None, because: str
) -> None:
    """The entity that fits is named, else the one with the right name or the fewest faults, with what it lacks."""
    condition = explain_condition(when, build_event(entities=(ANNA, ACME)))
    assert condition.holds is holds
    assert because in condition.because
    assert (condition.value["name"] if isinstance(condition.value, dict) else None) == name


def test_an_entity_condition_without_entities() -> None:
    """The explanation says whether no entity was found or none was looked for."""
    none, unknown = (explain_condition("{entity: {type: ORG}}", build_event(entities=given)) for given in ((), None))
    assert (none.holds, none.because) == (False, "the article names no entity")
    assert (unknown.holds, unknown.because) == (None, "no entities were looked for")


def test_every_part_is_evaluated_with_its_line() -> None:
    """Each part of `any`, `all` and `not` has its answer, also after the one that decides, and the line of the file."""
    when = "\n      any:\n        - language: en\n        - not:\n            all: [{verdict: near}, always]\n"
    condition = explain_condition(when, build_event())
    assert (condition.field, condition.holds, condition.line) == ("any", True, 6)
    language, negation = condition.parts
    assert (language.field, language.line, language.expected) == ("language", 6, "en")
    assert (negation.field, negation.holds) == ("not", True)
    [both] = negation.parts
    assert [(part.field, part.holds) for part in both.parts] == [("verdict", False), ("always", True)]


@pytest.mark.parametrize("event", EVENTS)
def test_the_explanation_agrees_with_the_decision(event: EnrichedArticle) -> None:
    """The explained routes are those that the rules choose, and the explanation is JSON."""
    rules = read_rules(EXAMPLE_RULES)
    explanation = explain(rules, event)
    matched = rules.match(event)
    assert explanation.routes == rules.choose_routes(matched)
    assert explanation.matched is bool(matched)
    assert [route.route for route in explanation.conditions] == [route.name for route in rules.routes]
    written = json.loads(json.dumps(to_jsonable(explanation)))
    assert list(written) == ["routes", "matched", "rules", "conditions"]
    assert written["rules"] == rules.version != ""


def test_the_version_is_of_the_whole_file() -> None:
    """Two files have the same version if all their bytes are equal."""
    rules = b"version: 1\nroutes: [{name: a, when: always}]\n"
    first, again, other = (parse_rules(content, "rules").version for content in (rules, rules, rules + b"\n"))
    assert first == again != other
    assert len(first) == 12
