"""Routes: names with conditions, and what an event comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.contracts.event import EnrichedArticle
from services.sink.rules.conditions import Condition

Form = Literal["event", "ninjs"]
"""How an article is written on a route's topic: the enriched event as it is, or IPTC's ninjs."""


@dataclass(frozen=True, slots=True)
class Route:
    """A name, which is part of a topic's, when an event takes it, and in which form it is written there."""

    name: str
    condition: Condition
    form: Form = "event"


@dataclass(frozen=True, slots=True)
class Rules:
    """All routes of a file, in its order."""

    routes: tuple[Route, ...]
    default: str | None = None
    """Where an event goes that no rule takes; nowhere when None."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every route that has a topic, the default included, each once."""
        names = [route.name for route in self.routes]
        if self.default is not None:
            names.append(self.default)
        return tuple(dict.fromkeys(names))

    def form_of(self, name: str) -> Form:
        """In which form the route of a name is written; a default that no rule describes takes the event."""
        return next((route.form for route in self.routes if route.name == name), "event")

    def match(self, event: EnrichedArticle) -> tuple[str, ...]:
        """The names of the routes whose condition holds; an event may take several."""
        return tuple(route.name for route in self.routes if route.condition(event))
