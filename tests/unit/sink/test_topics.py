"""The condition on topics."""

from __future__ import annotations

import json

import pytest

from services.contracts.event import EnrichedArticle, Topic
from services.errors import ConfigurationError
from services.sink.rules.explanation import explain, to_jsonable
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_event

SPORT = Topic(id="medtop:15000000", name="sport", level=1, confidence=0.91)
MATCH = Topic(id="medtop:20001108", name="sport event", level=2, confidence=0.7)
HEALTH = Topic(id="medtop:07000000", name="health", level=1, confidence=0.5)


def matches(when: str, event: EnrichedArticle) -> bool:
    """Return whether a route with this condition matches the event."""
    rules = parse_rules(f"version: 1\nroutes:\n  - name: it\n    when: {when}\n".encode(), "rules")
    return rules.match(event) == ("it",)


def build_about(*topics: Topic) -> EnrichedArticle:
    """Return an event with topics."""
    return build_event().model_copy(update={"topics": topics})


@pytest.mark.parametrize(
    ("when", "event", "expected"),
    [
        ("{topic: sport}", build_about(SPORT), True),
        ("{topic: sport}", build_about(HEALTH), False),
        ("{topic: sport}", build_about(HEALTH, MATCH), True),
        ('{topic: "medtop:20001108"}', build_about(SPORT), False),
        ("{topic: [health, Wirtschaft]}", build_about(SPORT, HEALTH), True),
        ("{not: {topic: sport}}", build_about(HEALTH), True),
        ("{not: {topic: sport}}", build_about(SPORT, HEALTH), False),
        ("{not: {topic: sport}}", build_about(), True),
        ("{topic: sport}", build_event(), False),
        ("{not: {topic: sport}}", build_event(), False),
        ("{missing: topics}", build_event(), True),
        ("{missing: topics}", build_about(), False),
        ("{missing: topics}", build_about(SPORT), False),
    ],
)
def test_which_events_match(when: str, event: EnrichedArticle, expected: bool) -> None:
    """A topic matches itself and what is below it; without topics neither a condition nor its opposite holds."""
    assert matches(when, event) is expected


@pytest.mark.parametrize(("written", "meant"), [("sports", "sport"), ("polititcs", "politics"), ("medtop:1x", "")])
def test_an_unknown_topic_is_an_error(written: str, meant: str) -> None:
    """A name that is not in the taxonomy is an error with the name that may be meant."""
    with pytest.raises(ConfigurationError, match=rf"rules:4.*{written}.*{meant}"):
        matches(f'{{topic: "{written}"}}', build_about(SPORT))


def test_an_explanation_names_the_topics() -> None:
    """The explanation of an answer has the topics of the event with their confidence."""
    rules = parse_rules(b"version: 1\nroutes:\n  - name: it\n    when: {topic: sport}\n", "rules")
    explained = json.dumps(to_jsonable(explain(rules, build_about(SPORT))))
    assert "sport (0.91)" in explained
