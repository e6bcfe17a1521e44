"""Routes, and the choice of the routes for an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.contracts.event import EnrichedArticle
from services.errors import CopydeskError
from services.outcomes import Reason, Stage
from services.sink.rules.conditions.condition import Condition
from services.sink.rules.conditions.event_view import EventView

Form = Literal["event", "ninjs"]
"""Form of the events on a route's topic: the enriched event as it is, or IPTC's ninjs."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route: a name, which is part of the topic's name, a condition, and the form of the events."""

    name: str
    condition: Condition
    form: Form = "event"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All routes of a rules file, in its order."""

    routes: tuple[Route, ...]
    default: str | None = None
    """The route of an event that no condition matches; None drops such an event."""
    version: str = ""
    """Version of the rules: the beginning of the SHA-256 of their file, in hexadecimal."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every route that has a topic, including the default, without repetition."""
        names = [route.name for route in self.routes]
        if self.default is not None:
            names.append(self.default)
        return tuple(dict.fromkeys(names))

    def get_form(self, name: str) -> Form:
        """Return the form of the named route; `event` for a default route that no rule describes."""
        return next((route.form for route in self.routes if route.name == name), "event")

    def match(self, event: EnrichedArticle) -> tuple[str, ...]:
        """Return the names of the routes whose condition the event meets, in the order of the file.

        Raises CopydeskError (routing_failed), which names the route, if the evaluation of a condition fails. That is a
        bug of ours and no PermanentError: if it happens to every event, the service stops and does not dead-letter all.
        """
        view = EventView(event)
        return tuple(route.name for route in self.routes if is_met(route, view))

    def choose_routes(self, matched: tuple[str, ...]) -> tuple[str, ...]:
        """Return the routes that an event takes: those that matched, else the default route if there is one."""
        return matched or ((self.default,) if self.default is not None else ())


def is_met(route: Route, view: EventView) -> bool:
    """Return whether an event meets the condition of a route. Raises CopydeskError as `Rules.match`."""
    try:
        return route.condition.holds(view) is True
    except Exception as error:
        raise CopydeskError(
            f"the rule of the route {route.name} failed: {type(error).__name__}: {error}",
            reason=Reason.ROUTING_FAILED,
            stage=Stage.SINK,
        ) from error
