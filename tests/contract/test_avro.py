"""The Avro schemas can express every JSON event, checked with the package fastavro."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from services.contracts.base import Contract
from services.reference.avro import build_avro
from services.reference.schemas import MODELS

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").rglob("*.json"))


def with_lists(value: Any) -> Any:
    """Return the value with lists in place of tuples, which fastavro would read as a union's member and its name."""
    if isinstance(value, dict):
        return {key: with_lists(item) for key, item in value.items()}
    return [with_lists(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_golden_event_survives_avro(path: Path) -> None:
    """An event written in Avro and read back is the same event; what its JSON leaves out has its default in Avro."""
    event_type = path.parent.name
    schema = fastavro.parse_schema(json.loads((SCHEMAS / f"{event_type}.avsc").read_text(encoding="utf-8")))
    event = MODELS[event_type].model_validate_json(path.read_bytes())
    binary = io.BytesIO()
    fastavro.schemaless_writer(binary, schema, with_lists(event.model_dump()), strict_allow_default=True)
    binary.seek(0)
    assert MODELS[event_type].model_validate(fastavro.schemaless_reader(binary, schema, None)) == event


def test_a_type_that_avro_lacks_is_an_error() -> None:
    """Generating the Avro schema of a contract with a field of any type raises an error."""

    class Loose(Contract):
        anything: object
        """A field of any type."""

    with pytest.raises(ValueError, match="no Avro type"):
        build_avro(Loose)
