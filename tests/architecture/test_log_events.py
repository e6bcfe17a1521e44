"""docs/logs.md lists the log events of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from services.outcomes import Outcome
from tests.support.repository import ROOT

LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})


def test_the_page_lists_the_events_of_the_code() -> None:
    """Every event that the code logs is on the page, and every event on the page is logged."""
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = {name for cell in rows for name in re.findall(r"`([a-z_]+)`", cell)}
    # The archive has one line for a part and none for each article.
    outcomes = {outcome for outcome in Outcome if outcome is not Outcome.ARCHIVED}
    assert listed == {f"article_{outcome}" for outcome in outcomes} | set(find_events())


def find_events() -> Iterator[str]:
    """Yield the texts that are the first argument of a logger's method."""
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and is_log_call(node.func):
                constants = (part for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))
                yield from (part.value for part in constants if isinstance(part.value, str))


def is_log_call(function: ast.expr) -> bool:
    """Return whether a called expression is a method of a logger, or a logger's method in a variable named `log`."""
    if isinstance(function, ast.Name):
        return function.id == "log"
    return isinstance(function, ast.Attribute) and function.attr in LEVELS and "logger" in ast.unparse(function.value)
