"""Comparison of two versions of a schema: which changes break consumers or senders.

Readers ignore unknown fields and treat an unknown word as "another one", so fields may be added and lists of words may
grow. Every other change is a break. For an event that we send, a field breaks its readers when it is removed, changes
its type, or may now be missing or null. For an event that others send to us, a field breaks the senders when it is now
required or accepts fewer types. A break needs a new version of the event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def find_breaks(published: Schema, current: Schema, *, is_sent_to_us: bool) -> list[str]:
    """Return one line for each change from `published` to `current`, both JSON Schemas, that is a break."""
    return list(_compare("", _resolve(published, published), _resolve(current, current), is_sent_to_us))


def _compare(path: str, old: Schema, new: Schema, is_sent_to_us: bool) -> Iterator[str]:
    # A sender still works when we accept more types; a reader works only with the same types.
    if _types(old) - _types(new) if is_sent_to_us else _types(old) != _types(new):
        yield f"{path or 'the event'} was {_name(_types(old))} and is {_name(_types(new))}"
        return
    if missing := _words(old) - _words(new):
        yield f"{path} no longer knows {', '.join(sorted(missing))}"
    if is_sent_to_us:
        for field in sorted(_required(new) - _required(old)):
            yield f"{path}/{field} is now required"
    else:
        for field in sorted(_required(old) - _required(new)):
            yield f"{path}/{field} may now be missing"
    for field, content in old.get("properties", {}).items():
        if field not in new.get("properties", {}):
            yield f"{path}/{field} is gone"
        else:
            yield from _compare(f"{path}/{field}", content, new["properties"][field], is_sent_to_us)
    for inner in ("items", "additionalProperties"):
        if isinstance(old.get(inner), dict) and isinstance(new.get(inner), dict):
            yield from _compare(f"{path}/*", old[inner], new[inner], is_sent_to_us)


def _resolve(schema: Any, root: Schema) -> Any:
    """Return a schema in which references are replaced by their targets and unions with null are merged."""
    if isinstance(schema, list):
        return [_resolve(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        part = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return _resolve({**part, **{key: value for key, value in schema.items() if key != "$ref"}}, root)
    resolved = {key: _resolve(value, root) for key, value in schema.items() if key != "$defs"}
    if "anyOf" in resolved:
        merged: Schema = {}
        kinds: set[str] = set()
        for member in resolved.pop("anyOf"):
            kinds |= _types(member)
            merged |= {key: value for key, value in member.items() if key != "type"}
        resolved = {**merged, **resolved, "type": sorted(kinds)}
    return resolved


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def _words(schema: Schema) -> set[str]:
    return {json.dumps(word) for word in schema.get("enum", ())}


def _required(schema: Schema) -> set[str]:
    return set(schema.get("required", ()))


def _name(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"
