"""Routes, and the choice of the routes for an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.contracts.event import EnrichedArticle
from services.errors import CopydeskError
from services.outcomes import Reason, Stage
from services.sink.rules.conditions.condition import Condition
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.expectations import Expectation

Form = Literal["event", "ninjs"]
"""Form of the events on a route's topic: the enriched event as it is, or IPTC's ninjs."""


@dataclass(frozen=True, slots=True)
class RouteOptions:
    """Form and content of the events on a route's topic."""

    form: Form = "event"
    has_text: bool = True
    """False if the route leaves the text of the article out (`body: false`)."""


PLAIN = RouteOptions()
"""Options of a route that gives none: the event unchanged."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route: a name, which is part of the topic's name, a condition, and the options of its events."""

    name: str
    condition: Condition
    options: RouteOptions = PLAIN
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All routes of a rules file, in its order."""

    routes: tuple[Route, ...]
    default: str | None = None
    """The route of an event that no condition matches; None drops such an event."""
    default_options: RouteOptions | None = None
    """Options of a default route that the rules file describes nowhere else."""
    version: str = ""
    """Version of the rules: the beginning of the SHA-256 of their file, in hexadecimal."""
    expectations: tuple[Expectation, ...] = ()
    """Articles with the routes that they must take, for `copydesk route --test`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every route that has a topic, including the default, without repetition."""
        names = [route.name for route in self.routes]
        if self.default is not None:
            names.append(self.default)
        return tuple(dict.fromkeys(names))

    def get_options(self, name: str) -> RouteOptions:
        """Return the options of the named route."""
        return next((route.options for route in self.routes if route.name == name), self.default_options or PLAIN)

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
