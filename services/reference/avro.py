"""Avro 1.11 schemas of the contracts, out of their JSON Schemas.

Fields without a null keep their order; those with one are unions that begin with null, so that null
is the default. A closed list of words becomes a string: an Avro enum could not grow without breaking
its readers. Times are timestamp-micros, everything else is as in the JSON.
"""

from __future__ import annotations

from typing import Any

from services.contracts.base import Contract

NAMESPACE = "copydesk.news.v1"

PRIMITIVES = {"string": "string", "integer": "long", "number": "double", "boolean": "boolean"}

Schema = dict[str, Any]


def build_avro(model: type[Contract]) -> Schema:
    """Return the Avro schema of a contract: one record, with those of its parts inside it.

    Raises ValueError where a contract uses a form that Avro has no type for.
    """
    source = model.model_json_schema(mode="serialization")
    return _Converter(source.get("$defs", {})).record(source)


class _Converter:
    """Writes each part in full where it is first used, and by its name from then on."""

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
        field: Schema = {"name": name, "doc": _describe(source), "type": self._type(source)}
        if "default" in source:
            field["default"] = source["default"]
        return field

    def _type(self, source: Schema) -> Any:
        if "$ref" in source:
            return self._part(source["$ref"].rsplit("/", 1)[1])
        if "anyOf" in source:
            return self._union(source["anyOf"])
        kind = source.get("type")
        if kind == "array":
            return {"type": "array", "items": self._type(source["items"])}
        if kind == "object":
            return {"type": "map", "values": self._type(source["additionalProperties"])}
        if source.get("format") == "date-time":
            return {"type": "long", "logicalType": "timestamp-micros"}
        if source.get("format") == "base64":
            return "bytes"
        if kind not in PRIMITIVES:
            raise ValueError(f"no Avro type for {source}")
        return PRIMITIVES[kind]

    def _union(self, members: list[Schema]) -> list[Any]:
        others = [self._type(member) for member in members if member.get("type") != "null"]
        return ["null", *others] if len(others) < len(members) else others

    def _part(self, name: str) -> Any:
        part = self._parts[name]
        if "enum" in part:
            return "string"
        return name if name in self._written else self.record(part)


def _describe(source: Schema) -> str:
    words = next((member["enum"] for member in (source, *source.get("anyOf", ())) if "enum" in member), None)
    description: str = source.get("description", "")
    return f"{description} One of: {', '.join(words)}." if words else description
