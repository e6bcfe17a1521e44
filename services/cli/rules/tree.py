"""An explained routing decision as a tree on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from services.cli.console.progress import results_console
from services.contracts.event import EnrichedArticle
from services.sink.rules import Explanation
from services.sink.rules.explanation import ExplainedCondition
from services.sink.rules.yaml_values import Json

ANSWERS = {True: ("yes", "green"), False: ("no", "red"), None: ("unknown", "yellow")}
GROUPS = {"all": "all of these", "any": "at least one of these", "not": "not"}
"""Words for the conditions that contain other conditions."""
PIPE_WIDTH = 1_000_000
"""Width for a line in a pipe, which is never wrapped nor cut off."""
MAX_LISTED = 5
"""Maximum number of items of a list that a line shows: a rule may list thousands of names."""


def build_tree(place: str, event: EnrichedArticle, explanation: Explanation, only: Collection[str] = ()) -> Tree:
    """Return the tree of one decision; `only`, if not empty, are the routes that it shows."""
    headline = event.article.headline or "(no headline)"
    tree = Tree(Text.assemble((f"{place}  ", "dim"), (headline, "bold")), guide_style="dim")
    tree.add(Text(describe_routes(explanation), style="cyan"))
    for route in explanation.conditions:
        if only and route.route not in only:
            continue
        branch = tree.add(_write_answer(route.holds, route.route))
        condition = route.condition
        # The fields of one condition are all required: they are shown below the route without a line of their own.
        parts = condition.parts if condition.field == "all" else (condition,)
        for part in parts:
            _add(branch, part)
    return tree


def print_tree(tree: Tree) -> None:
    """Print a tree. A terminal wraps its lines, a pipe does not."""
    if results_console.is_terminal:
        results_console.print(tree)
        return
    # A tree crops its lines to the width of the console, whatever the options of `print` are.
    Console(file=results_console.file, width=PIPE_WIDTH, highlight=False).print(tree)


def describe_routes(explanation: Explanation) -> str:
    """Return the routes of an event in words."""
    if explanation.matched:
        return f"takes {', '.join(explanation.routes)}"
    if explanation.routes:
        return f"takes {explanation.routes[0]}, the default route: no condition holds"
    return "takes no route: no condition holds, and the rules have no default"


def _add(tree: Tree, condition: ExplainedCondition) -> None:
    if condition.field in GROUPS:
        written = GROUPS[condition.field]
    else:
        expected = f": {write_value(condition.expected)}" if condition.expected is not None else ""
        written = f"{condition.field}{expected}"
    line = _write_answer(condition.holds, written)
    if condition.because:
        line.append(f"  {condition.because}", style="dim")
    branch = tree.add(line)
    for part in condition.parts:
        _add(branch, part)


def _write_answer(holds: bool | None, text: str) -> Text:
    word, style = ANSWERS[holds]
    return Text.assemble((f"{word:<4}", style), f" {text}")


def write_value(value: Json) -> str:
    """Return a value of the rules file as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {write_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        more = [f"and {len(value) - MAX_LISTED} more"] if len(value) > MAX_LISTED else []
        return "[" + ", ".join([*map(write_value, value[:MAX_LISTED]), *more]) + "]"
    return str(value)
