"""Encodes events as Avro by the published schema, and decodes them: for object container files and data lakes.

python -m pip install -r docs/consumers/python/requirements.txt
python docs/consumers/python/avro_events.py schemas/news.article.enriched.v1.avsc < events.jsonl > events.avro
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import fastavro

TIME = "timestamp-micros"


def read_schema(path: Path) -> Any:
    """Read a schema such as schemas/news.article.enriched.v1.avsc."""
    return json.loads(path.read_text(encoding="utf-8"))


def encode(event: dict[str, Any], schema: Any) -> bytes:
    """Return an event, as parsed from JSON, in Avro's binary encoding. Fields that the schema lacks are left out."""
    binary = io.BytesIO()
    parsed = fastavro.parse_schema(schema)
    fastavro.schemaless_writer(binary, parsed, _convert(event, schema, _name_records(schema)))
    return binary.getvalue()


def decode(binary: bytes, schema: Any) -> dict[str, Any]:
    """Return the event of `encode`: absent fields have their defaults, and times are datetimes."""
    event: dict[str, Any] = fastavro.schemaless_reader(io.BytesIO(binary), fastavro.parse_schema(schema), None)
    return event


def write_file(events: Iterable[dict[str, Any]], schema: Any, file: BinaryIO) -> None:
    """Write an object container file, compressed, with the schema in it."""
    records = _name_records(schema)
    fastavro.writer(
        file, fastavro.parse_schema(schema), (_convert(event, schema, records) for event in events), codec="deflate"
    )


def _name_records(schema: Any) -> dict[str, Any]:
    """Return the records of a schema by name: a record is written out where it occurs first."""
    found = {}
    if isinstance(schema, list):
        for one in schema:
            found |= _name_records(one)
    elif isinstance(schema, dict):
        if schema.get("type") == "record":
            found[schema["name"]] = schema
        for field in schema.get("fields", ()):
            found |= _name_records(field["type"])
        for inner in ("items", "values", "type"):
            if isinstance(schema.get(inner), (dict, list)):
                found |= _name_records(schema[inner])
    return found


def _convert(value: Any, schema: Any, records: dict[str, Any]) -> Any:
    """Turn times from text into datetimes, wherever the schema has them, and leave out fields that it lacks."""
    if isinstance(schema, list):
        # Null fits no other member than null.
        schema = next((one for one in schema if one != "null" and _fits(value, one, records)), "null")
    if isinstance(schema, str):
        return _convert(value, records[schema], records) if schema in records else value
    if schema.get("logicalType") == TIME:
        return datetime.fromisoformat(value).astimezone(UTC)
    kind = schema["type"]
    if kind == "record":
        fields = [field for field in schema["fields"] if field["name"] in value]
        return {field["name"]: _convert(value[field["name"]], field["type"], records) for field in fields}
    if kind == "array":
        return [_convert(item, schema["items"], records) for item in value]
    return {key: _convert(item, schema["values"], records) for key, item in value.items()} if kind == "map" else value


def _fits(value: Any, schema: Any, records: dict[str, Any]) -> bool:
    """Return whether a value of JSON may be of one member of a union."""
    schema = records.get(schema, schema) if isinstance(schema, str) else schema
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(schema, dict) and schema.get("logicalType") == TIME:
        return isinstance(value, str)
    kinds = {
        "record": dict, "map": dict, "array": list, "string": str, "enum": str, "boolean": bool,
        "int": int, "long": int, "float": (int, float), "double": (int, float),
    }  # fmt: skip
    return isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _read_lines(file: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in file:
        if line.strip():
            yield json.loads(line)


if __name__ == "__main__":
    [schema_file] = sys.argv[1:]
    write_file(_read_lines(sys.stdin.buffer), read_schema(Path(schema_file)), sys.stdout.buffer)
