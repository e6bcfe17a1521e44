"""Docstrings are whole sentences: each one names its subject or begins with its verb."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT

FRAGMENTS = frozenset({"Of", "That", "Those", "As", "Until", "Nothing", "None", "See"})
"""First words of fragments that a reader has to complete."""
FILES = sorted(path for folder in ("services", "tests") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_are_sentences(path: Path) -> None:
    """No docstring, of a module, class, function or attribute, begins with a word of a fragment."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [text for text in find_docstrings(tree) if text.split(maxsplit=1)[0].rstrip(".,:;") in FRAGMENTS]
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_states_its_claim(path: Path) -> None:
    """Each test function has a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    silent = [node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)]
    assert silent == []


def find_docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield each docstring: a string that stands alone as a statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str) and text.strip():
                yield text
