"""Reading the rules file: the whole of it is right, or the service does not start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast, get_args

from services.errors import ConfigurationError
from services.sink.rules.conditions import compile_condition
from services.sink.rules.yaml_values import Value, read_document
from services.sink.rules.routes import Form, Route, Rules

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Letters that every tool takes in a topic's name; a dot or underscore in two of them would make metrics collide."""
MAX_NAME = 60
"""Letters; a topic's name has at most 249 (Kafka), and that of its dead letters is longer still."""
MAX_ROUTES = 200
"""Each is a topic with its partitions, and each rule is evaluated on each event."""
VERSION = "1"


def read_rules(path: Path) -> Rules:
    """Read and compile a rules file. Raises ConfigurationError naming file, line and field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    return parse_rules(content, path.name)


def parse_rules(content: bytes, file: str) -> Rules:
    """The rules that a file's content describes; `file` is its name in errors."""
    document = read_document(content, file)
    fields = document.fields("version", "routes", "default")
    for name in ("version", "routes"):
        if name not in fields:
            document.fail(f"the field {name} is missing")
    fields["version"].choice(VERSION)
    items = fields["routes"].items()
    if len(items) > MAX_ROUTES:
        fields["routes"].fail(f"{len(items)} routes are more than {MAX_ROUTES}")
    lines: dict[str, int] = {}
    routes = tuple(_read_route(item, lines) for item in items)
    return Rules(routes, _read_name(fields["default"]) if "default" in fields else None)


def _read_route(value: Value, lines: dict[str, int]) -> Route:
    """One route; `lines` remembers where each name stands."""
    fields = value.fields("name", "description", "when", "form")
    for required in ("name", "when"):
        if required not in fields:
            value.fail(f"the field {required} is missing")
    name = _read_name(fields["name"])
    if name in lines:
        fields["name"].fail(f"the route {name} stands in line {lines[name]} already")
    lines[name] = fields["name"].line
    if "description" in fields:
        fields["description"].text()
    form = cast(Form, fields["form"].choice(*get_args(Form))) if "form" in fields else "event"
    return Route(name, compile_condition(fields["when"]), form)


def _read_name(value: Value) -> str:
    name = value.text()
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        value.fail(f"{name!r} is no route name: small letters, digits and single hyphens, at most {MAX_NAME}")
    return name
