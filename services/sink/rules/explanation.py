"""Explanation of a decision: for each route, every condition with its answer and the value that decided.

    rules = read_rules(path)
    explanation = explain(rules, event)      # a pure function; no Kafka, no model
    to_jsonable(explanation)                 # the form that `copydesk route --json` prints

The form in JSON (docs/routing.md describes it too):

    {"routes": ["english-originals"],        the routes that the event takes, with the default if none matched
     "matched": true,                        false if no condition matched
     "rules": "3f9a2c41d0b7",                version of the rules
     "conditions": [                         one for each route, in the order of the file
       {"route": "english-originals", "description": "...", "holds": true,
        "condition": {"field": "all", "holds": true, "line": 32, "expected": null, "value": null, "because": "",
                      "parts": [{"field": "language", "holds": true, "line": 32, "expected": "en", "value": "en-GB",
                                 "because": "the language is en-GB, probability 0.98", "parts": []}, ...]}}]}

`holds` is true, false, or null if the article lacks what the condition is about; then it does not take the route.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from services.contracts.event import EnrichedArticle
from services.sink.rules.conditions.condition import Condition, Truth
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.routes import Rules, is_met
from services.sink.rules.yaml_values import Json


@dataclass(frozen=True, slots=True)
class ExplainedCondition:
    """One condition with its answer."""

    field: str
    """Name of the field in the rules file: `language`, `all`, `any`, `not` and so on, or `always`."""
    holds: Truth
    """The answer; None if the article lacks what the condition is about."""
    line: int
    """Number of the line in the rules file, from 1."""
    expected: Json
    """The value in the rules file; None for `all`, `any`, `not` and `always`."""
    value: Json
    """The value in the event that decided; None if there is none."""
    because: str
    """The same in words; empty for `all`, `any`, `not` and `always`."""
    parts: tuple[ExplainedCondition, ...]
    """The conditions inside `all`, `any` and `not`. Each is evaluated, also where an earlier one decides."""


@dataclass(frozen=True, slots=True)
class ExplainedRoute:
    """One route with its condition."""

    route: str
    description: str | None
    holds: bool
    """True if the event takes the route because it meets the condition."""
    condition: ExplainedCondition


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision on one event."""

    routes: tuple[str, ...]
    """The routes that the event takes, in the order of the file; the default route if no condition matched."""
    matched: bool
    """False if no condition matched."""
    rules: str
    """Version of the rules."""
    conditions: tuple[ExplainedRoute, ...]
    """Every route of the file."""


def explain(rules: Rules, event: EnrichedArticle) -> Explanation:
    """Return the routes of an event and the reason for each. They are the routes that `Rules.match` gives.

    Raises CopydeskError (routing_failed) if a condition fails, which is a bug of ours.
    """
    view = EventView(event)
    routes = tuple(
        ExplainedRoute(route.name, route.description, is_met(route, view), _explain(route.condition, view))
        for route in rules.routes
    )
    matched = tuple(route.route for route in routes if route.holds)
    return Explanation(rules.choose_routes(matched), bool(matched), rules.version, routes)


def to_jsonable(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as mappings, lists and values of JSON."""
    return asdict(explanation)


def _explain(condition: Condition, view: EventView) -> ExplainedCondition:
    finding = condition.find(view) if condition.find is not None else None
    return ExplainedCondition(
        condition.field,
        condition.holds(view),
        condition.line,
        condition.expected,
        finding.value if finding is not None else None,
        finding.because if finding is not None else "",
        tuple(_explain(part, view) for part in condition.parts),
    )
