"""Logic with three values (Kleene): a condition is true, false, or unknown if the article lacks what it is about.

Unknown is None. A route takes an event only if its condition is true, so that neither a condition on something that the
article does not have, nor its `not`, selects the article.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.sink.rules.conditions.event_view import EventView

Truth = bool | None
Condition = Callable[[EventView], Truth]


def negate(condition: Condition) -> Condition:
    """Return the condition that is true where the given one is false, and unknown where it is unknown."""

    def holds(view: EventView) -> Truth:
        truth = condition(view)
        return None if truth is None else not truth

    return holds


def require_all(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that is false if one is false, else unknown if one is unknown, else true."""
    if len(conditions) == 1:
        return conditions[0]

    def holds(view: EventView) -> Truth:
        result: Truth = True
        for condition in conditions:
            truth = condition(view)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    return holds


def require_any(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that is true if one is true, else unknown if one is unknown, else false."""
    if len(conditions) == 1:
        return conditions[0]

    def holds(view: EventView) -> Truth:
        result: Truth = False
        for condition in conditions:
            truth = condition(view)
            if truth:
                return True
            if truth is None:
                result = None
        return result

    return holds
