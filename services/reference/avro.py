"""Avro 1.11 schemas of the contracts, made from their JSON Schemas.

Fields keep their order. A nullable field is a union whose first member is null, so that null can be the default. A
closed list of words becomes a string, because a new word in an Avro enum would break its readers. Times are
timestamp-micros; everything else is as in the JSON.
"""

from __future__ import annotations

from typing import Any

from services.contracts.base import Contract

NAMESPACE = "copydesk.news.v1"

PRIMITIVES = {"string": "string", "integer": "long", "number": "double", "boolean": "boolean"}
FORMATS: dict[str, Any] = {"date-time": {"type": "long", "logicalType": "timestamp-micros"}, "base64": "bytes"}
"""Avro type for each JSON Schema format, for strings that Avro has a better type for."""

Schema = dict[str, Any]


def build_avro(model: type[Contract]) -> Schema:
    """Return the Avro schema of a contract: one record, which contains the records of its parts.

    Raises ValueError if a field has a type that Avro cannot express.
    """
    source = model.model_json_schema(mode="serialization")
    return _Converter(source.get("$defs", {})).record(source)


class _Converter:
    """A conversion that writes each part in full at its first use, and by its name after that."""

    def __init__(self, parts: dict[str, Schema]) -> None:
        self._parts = parts
        self._written: set[str] = set()

    def record(self, source: Schema) -> Schema:
        name = source["title"]
        self._written.add(name)
        fields = [self._field(field, content) for field, content in source["properties"].items()]
        return {
            "type": "record",
            "name": name,
            "namespace": NAMESPACE,
            "doc": source.get("description", ""),
            "fields": fields,
        }

    def _field(self, name: str, source: Schema) -> Schema:
        field: Schema = {"name": name, "doc": _describe(source), "type": self._convert(source)}
        if "default" in source:
            field["default"] = source["default"]
        return field

    def _convert(self, source: Schema) -> Any:
        if "$ref" in source:
            return self._part(source["$ref"].rsplit("/", 1)[1])
        if "anyOf" in source:
            return self._union(source["anyOf"])
        match source.get("type"):
            case "array":
                return {"type": "array", "items": self._convert(source["items"])}
            case "object":
                return {"type": "map", "values": self._convert(source["additionalProperties"])}
        return _convert_value(source)

    def _union(self, members: list[Schema]) -> list[Any]:
        others = [self._convert(member) for member in members if member.get("type") != "null"]
        return ["null", *others] if len(others) < len(members) else others

    def _part(self, name: str) -> Any:
        part = self._parts[name]
        if "enum" in part:
            return "string"
        return name if name in self._written else self.record(part)


def _convert_value(source: Schema) -> Any:
    """Return the Avro type of a single value. Raises ValueError if Avro has none."""
    kind, form = source.get("type"), source.get("format")
    if form in FORMATS:
        return FORMATS[form]
    if kind not in PRIMITIVES:
        raise ValueError(f"no Avro type for {source}")
    return PRIMITIVES[kind]


def _describe(source: Schema) -> str:
    words = next((member["enum"] for member in (source, *source.get("anyOf", ())) if "enum" in member), None)
    description: str = source.get("description", "")
    return f"{description} One of: {', '.join(words)}." if words else description
