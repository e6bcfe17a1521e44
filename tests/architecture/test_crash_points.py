"""Crash points: only tests can use them."""

from __future__ import annotations

import ast
from pathlib import Path

from services.runtime.service.crash_points import CrashPoint

MODULE = "services.runtime.service.crash_points"
ROOT = Path(__file__).parents[2]
DEFINITION = ROOT / "services" / "runtime" / "service" / "crash_points.py"
SOURCES = [path for path in sorted((ROOT / "services").rglob("*.py")) if path != DEFINITION]


def find_names(path: Path) -> set[str]:
    """Return the names that a module imports from the module of the crash points."""
    package, _, module = MODULE.rpartition(".")
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == MODULE:
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name == MODULE}
        if isinstance(node, ast.ImportFrom) and node.module == package:
            names |= {alias.name for alias in node.names if alias.name == module}
    return names


def test_no_service_can_arm_a_crash_point() -> None:
    """The services import from that module only what reports that a point is reached."""
    assert set().union(*map(find_names, SOURCES)) == {"CrashPoint", "reach"}


def test_every_crash_point_is_reached_somewhere() -> None:
    """Each crash point is a place in the services."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert [point for point in CrashPoint if f"reach(CrashPoint.{point.name})" not in text] == []
