"""Test suites are independent: code that two of them share is in tests/support."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.repository import ROOT

FILES = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_suite_imports_itself_and_support_alone(path: Path) -> None:
    """A test module imports only its own suite and tests.support; the benchmarks' unit tests import the benchmarks."""
    suite = path.relative_to(ROOT / "tests").parts[0]
    allowed = {"support", suite} | ({"benchmarks"} if "benchmarks" in path.parts else set())
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    imported = {module.split(".")[1] for module in modules if module.startswith("tests.")}
    assert imported <= allowed
