"""Rules on the story of an article and on the novelty of its entities."""

from __future__ import annotations

import pytest

from services.contracts.event import EnrichedArticle, Novelty, Story
from services.errors import ConfigurationError
from services.sink.rules import explain
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event

NONE = dict.fromkeys(("12h", "24h", "3d", "5d", "7d"), 0)
NEW = Novelty(is_first=True, chain_rank_24h=1, decay=100, similar=NONE, volume=NONE)
THIRD = Novelty(is_first=False, chain_rank_24h=3, decay=56, similar={**NONE, "7d": 2}, volume=NONE, late=True)
STORY = Story(id="a", is_first=False, size=7, sources=3, similarity=0.9)
FIRST = Story(id="a", is_first=True, size=1, sources=1)
ACME, ANNA = build_entity("Acme Inc", "ORG", novelty=NEW), build_entity("Anna Berg", "PER", novelty=THIRD)


def build(story: Story | None = STORY) -> EnrichedArticle:
    """Build an event with two entities, of which one is new."""
    return build_event(story=story, entities=(ACME, ANNA))


def decide(when: str, event: EnrichedArticle) -> tuple[bool | None, str]:
    """Return the answer of a condition, and the value that decided in words."""
    rules = parse_rules(f"version: 1\nroutes:\n  - name: it\n    when: {when}\n".encode(), "rules")
    found = explain(rules, event).conditions[0].condition
    return found.holds, found.because


@pytest.mark.parametrize(
    ("when", "event", "expected", "because"),
    [
        ("{story: {sources: {at_least: 3}}}", build(), True, "7 articles and 3 independent"),
        ("{story: {sources: {at_least: 4}}}", build(), False, "7 articles and 3 independent"),
        ("{story: {size: 7, is_first: false}}", build(), True, "7 articles"),
        ("{story: {size: {at_least: 2, at_most: 6}}}", build(), False, "7 articles"),
        ("{story: {is_first: true}}", build(FIRST), True, "first of its story"),
        ("{story: {is_first: true}}", build(), False, "7 articles"),
        ("{story: {is_first: true}}", build(None), None, "no story"),
        ("{missing: story}", build(None), True, "no story"),
        ("{missing: story}", build(), False, "has story"),
        ("{novelty: {entity: Acme, is_first: true}}", build(), True, "Acme Inc is new in this story, decay 100"),
        ("{novelty: {entity: Anna Berg, is_first: true}}", build(), False, "named in 2 earlier articles"),
        ("{novelty: {entity: {type: PER}, min_decay: 56}}", build(), True, "Anna Berg was named"),
        ("{novelty: {entity: {type: PER}, min_decay: 57}}", build(), False, "decay 56, late"),
        ("{novelty: {late: true}}", build(), True, "Anna Berg"),
        ("{novelty: {entity: Nobody Known, is_first: true}}", build(), False, "no such entity"),
        ("{novelty: {is_first: true}}", build(None), None, "no story"),
        ("{novelty: {is_first: true}}", build_event(story=STORY), None, "no entities were looked for"),
        ("{novelty: {is_first: true}}", build_event(story=STORY, entities=(build_entity("X", "ORG"),)), False, "known"),
    ],
)
def test_stories_and_novelty_select_events(
    when: str, event: EnrichedArticle, expected: bool | None, because: str
) -> None:
    """A condition on story or novelty is true for the events that it describes, and says which value decided."""
    holds, found = decide(when, event)
    assert holds is expected and because in found


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("{story: {}}", "rules:4: routes\\[0\\].when.story: a story needs at least one of"),
        ("{story: {is_first: maybe}}", "'maybe' is not one of: true, false"),
        ("{story: {sources: {at_least: 0}}}", "0 is not between 1 and 1e"),
        ("{story: {size: {at_least: 5, at_most: 2}}}", "at_least is 5, which is more than at_most, 2"),
        ("{story: {size: 1.5}}", "1.5 is not a whole number"),
        ("{story: {size: {}}}", "expected a number, or at_least or at_most"),
        ("{story: {source: 3}}", "unknown field"),
        ("{novelty: {entity: Acme}}", "a novelty needs at least one of is_first, min_decay, late"),
        ("{novelty: {min_decay: 101}}", "101 is not between 0 and 100"),
    ],
)
def test_a_wrong_condition_names_line_and_field(when: str, message: str) -> None:
    """A condition that can never match, or that no rule knows, is an error with the line and the field."""
    with pytest.raises(ConfigurationError, match=message):
        decide(when, build())
