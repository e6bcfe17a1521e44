"""Routes of an event, and the conditions that decided: what the page shows of a rules file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition of a rule, with the answer that it gave for one event."""

    text: str
    """The condition as words, such as `language: en`."""
    holds: bool | None
    """The answer; None if the article lacks what the condition is about."""
    because: str = ""
    """The value of the event that decided, in words; empty if the parts of the condition decided."""
    parts: tuple[ConditionView, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteView:
    """A route, with the answer of its condition for one event."""

    name: str
    holds: bool
    condition: ConditionView
    description: str = ""


@dataclass(frozen=True, slots=True)
class RoutingView:
    """The decision of the routing rules on one event."""

    version: str
    """Version of the rules."""
    taken: tuple[str, ...]
    """Routes that the event takes by these rules."""
    is_default: bool
    """True if no condition matched, so that the event takes the default route, if there is one."""
    routes: tuple[RouteView, ...]
