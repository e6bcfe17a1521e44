"""A compiled condition: a function of an event, and what an explanation of its answer shows.

The logic has three values (Kleene): a condition is true, false, or unknown if the article lacks what it is about.
Unknown is None. An event goes to a route only if the route's condition is true. So neither a condition on something
that the article does not have, nor its `not`, selects the article.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.yaml_values import Json

Truth = bool | None
Holds = Callable[[EventView], Truth]
"""Evaluation of a condition. Routing calls nothing else, so an explanation costs it nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The value in an event that decided a condition's answer."""

    value: Json
    """The value for programs; None if the article lacks what the condition is about."""
    because: str
    """The same in words, for people."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition."""

    field: str
    """Name of the field in the rules file: `language`, `all`, `not` and so on, or `always`."""
    holds: Holds
    find: Callable[[EventView], Finding] | None = None
    """Search for the value that decides the answer; None for `all`, `any`, `not` and `always`, whose parts decide."""
    parts: tuple[Condition, ...] = ()
    """The conditions inside `all`, `any` or `not`."""
    expected: Json = None
    """The value of the field in the rules file; None for `all`, `any` and `not`."""
    line: int = 0
    """Number of the line in the rules file, from 1."""


def negate(condition: Condition, line: int) -> Condition:
    """Return the condition that is true where the given one is false, and unknown where it is unknown."""
    inner = condition.holds

    def holds(view: EventView) -> Truth:
        truth = inner(view)
        return None if truth is None else not truth

    return Condition("not", holds, parts=(condition,), line=line)


def require_all(conditions: Sequence[Condition], line: int) -> Condition:
    """Return the condition that is false if one is false, else unknown if one is unknown, else true."""
    return _combine("all", conditions, line, decisive=False)


def require_any(conditions: Sequence[Condition], line: int) -> Condition:
    """Return the condition that is true if one is true, else unknown if one is unknown, else false."""
    return _combine("any", conditions, line, decisive=True)


def _combine(field: str, conditions: Sequence[Condition], line: int, *, decisive: bool) -> Condition:
    """Combine conditions of which the first one with the answer `decisive` decides."""
    if len(conditions) == 1:
        return conditions[0]
    evaluations = tuple(condition.holds for condition in conditions)

    def holds(view: EventView) -> Truth:
        result: Truth = not decisive
        for evaluate in evaluations:
            truth = evaluate(view)
            if truth is decisive:
                return decisive
            if truth is None:
                result = None
        return result

    return Condition(field, holds, parts=tuple(conditions), line=line)
