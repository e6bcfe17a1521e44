"""Reason of each route that an event takes, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.contracts.event import EnrichedArticle
from services.sink.rules import Rules, explain
from services.sink.rules.explanation import ExplainedCondition


def find_reasons(rules: Rules, event: EnrichedArticle) -> dict[str, str]:
    """Return the routes that the rules give an event, each with the values that decided."""
    explanation = explain(rules, event)
    reasons = {
        route.route: "; ".join(dict.fromkeys(_list_reasons(route.condition)))
        for route in explanation.conditions
        if route.holds
    }
    return {name: reasons.get(name) or "no route's condition holds" for name in explanation.routes}


def _list_reasons(condition: ExplainedCondition) -> Iterator[str]:
    """Yield what decided, in words: the part of `any` that holds first, and every part of other conditions."""
    parts: Iterable[ExplainedCondition] = condition.parts
    if condition.field == "any":
        parts = [part for part in condition.parts if part.holds][:1]
    for part in parts:
        yield from _list_reasons(part)
    if condition.because:
        yield condition.because
    elif not condition.parts:
        yield "it matches every article" if condition.field == "always" else condition.field
