"""The golden events are valid by the JSON Schemas, checked with the package jsonschema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").rglob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_golden_event_is_valid(path: Path) -> None:
    """An event that was published once is valid by the current schema of its type."""
    schema = json.loads((SCHEMAS / f"{path.parent.name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []
