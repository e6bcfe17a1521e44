"""Routes: names with conditions, and what an event comes to."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.event import EnrichedArticle
from services.sink.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class Route:
    """A name, which is part of a topic's, and when an event takes it."""

    name: str
    condition: Condition


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

    def match(self, event: EnrichedArticle) -> tuple[str, ...]:
        """The names of the routes whose condition holds; an event may take several."""
        return tuple(route.name for route in self.routes if route.condition(event))
