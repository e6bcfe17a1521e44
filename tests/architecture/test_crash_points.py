"""The points at which tests may strike are out of reach of everything else."""

from __future__ import annotations

import ast
from pathlib import Path

from services.runtime.service.crash_points import Point

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "services").rglob("*.py"))
POINTS = ROOT / "services" / "runtime" / "points.py"


def find_names(path: Path) -> set[str]:
    """What a module takes from the module of the points."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "services.runtime.service.crash_points":
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name == "services.runtime.service.crash_points"}
        if isinstance(node, ast.ImportFrom) and node.module == "services.runtime":
            names |= {alias.name for alias in node.names if alias.name == "points"}
    return names


def test_no_service_can_arm_a_point() -> None:
    """The services take from that module what says that a point is reached, and nothing with which to arm one."""
    taken = {path: find_names(path) for path in SOURCES if path != POINTS}
    assert set().union(*taken.values()) == {"Point", "reach"}


def test_every_point_is_reached_somewhere() -> None:
    """Each name stands for a place in the services."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path != POINTS)
    assert [point for point in Point if f"reach(Point.{point.name})" not in text] == []
