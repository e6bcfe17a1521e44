"""Routes of an event, and the conditions that decided: what the page shows of a rules file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition of a rule, with the answer that it gave for one event."""

    text: str
    """The condition as words, such as `language: en`."""
    holds: bool | None
    """True or False; None if the article lacks what the condition is about."""
    value: str = ""
    """The value of the event that decided; empty if a part of the condition decided."""
    parts: tuple[ConditionView, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteView:
    """A route, with the answer of its condition for one event."""

    name: str
    is_taken: bool
    condition: ConditionView | None = None
    """Condition of the route; None for the default route."""
