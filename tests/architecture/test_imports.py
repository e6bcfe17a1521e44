"""The direction of imports is part of the design."""

from __future__ import annotations

from importlinter.cli import lint_imports


def test_imports_go_one_way() -> None:
    """Every contract of import-linter in pyproject.toml holds."""
    assert lint_imports(no_cache=True) == 0
