"""Reasons for the routes of an event, by the rules file that sink uses too."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from services.cli.rules.tree import GROUPS
from services.contracts.event import EnrichedArticle
from services.errors import ConfigurationError
from services.page.views.routing import ConditionView, RouteView, RoutingView
from services.runtime.service.changed_file import ChangedFile
from services.sink.rules import read_rules
from services.sink.rules.explanation import ExplainedCondition, explain


class RoutingExplainer:
    """Rules of a file, which is read again when it has changed. Wrong rules do not replace the old ones, as in sink."""

    def __init__(self, file: Path) -> None:
        """Read the file. Raises ConfigurationError if it is wrong."""
        self._file = file
        # The state is noted before the file is read, so that a change in between is not missed.
        self._changed = ChangedFile(file)
        self._rules = read_rules(file)

    def explain(self, event: EnrichedArticle) -> RoutingView:
        """Return the decision on an event with its reasons."""
        self._reload_if_changed()
        decision = explain(self._rules, event)
        return RoutingView(
            version=decision.rules,
            taken=decision.routes,
            is_default=not decision.matched,
            routes=tuple(
                RouteView(route.route, route.holds, _view(route.condition), route.description or "")
                for route in decision.conditions
            ),
        )

    def _reload_if_changed(self) -> None:
        if self._changed.has_changed():
            with suppress(ConfigurationError):
                self._rules = read_rules(self._file)


def _view(condition: ExplainedCondition) -> ConditionView:
    expected = condition.expected
    if expected is None:
        text = GROUPS.get(condition.field, condition.field)
    else:
        text = f"{condition.field}: {_write(expected)}"
    return ConditionView(text, condition.holds, condition.because, tuple(map(_view, condition.parts)))


def _write(expected: object) -> str:
    """Return a value of the rules file as one line, as a person would write it there."""
    if isinstance(expected, dict):
        return ", ".join(f"{name} {_write(value)}" for name, value in expected.items())
    if isinstance(expected, list | tuple):
        return " or ".join(_write(value) for value in expected)
    return str(expected)
