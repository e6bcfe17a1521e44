"""Reader of the rules file. The service does not start unless the whole file is valid."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import cast, get_args

from services.errors import ConfigurationError
from services.sink.rules.conditions.compiler import compile_condition
from services.sink.rules.routes import Form, Route, Rules
from services.sink.rules.yaml_values import YamlValue, read_document

EXAMPLE_RULES = Path(__file__).parents[1] / "routes.example.yaml"

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Form of a route's name: characters that every tool accepts in a topic's name. Dots and underscores are excluded,
because Kafka's metrics cannot distinguish them."""
MAX_NAME_CHARACTERS = 60
"""Longest name of a route. Kafka allows 249 characters for a topic, whose name is longer than its route's name."""
MAX_ROUTES = 200
"""Maximum number of routes in a file. Each route is a topic with partitions, and each rule is evaluated on each
event."""
VERSION = "1"
DIGEST_CHARACTERS = 12
"""Number of hexadecimal characters of the rules' version. 48 bits are enough to tell the files of one desk apart."""


def read_rules(path: Path) -> Rules:
    """Read and compile a rules file. Raises ConfigurationError, which names file, line and field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the rules file {path}: {error.strerror}") from error
    return parse_rules(content, path.name)


def parse_rules(content: bytes, file: str) -> Rules:
    """Compile the content of a rules file; `file` is its name in errors. Raises ConfigurationError as `read_rules`."""
    document = read_document(content, file)
    fields = document.read_fields("version", "routes", "default")
    for name in ("version", "routes"):
        if name not in fields:
            document.fail(f"the field {name} is missing")
    fields["version"].read_choice(VERSION)
    items = fields["routes"].read_items()
    if len(items) > MAX_ROUTES:
        fields["routes"].fail(f"there are {len(items)} routes; at most {MAX_ROUTES} are allowed")
    seen: dict[str, int] = {}
    routes = tuple(_read_route(item, seen) for item in items)
    default = _read_name(fields["default"]) if "default" in fields else None
    return Rules(routes, default, hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS])


def _read_route(value: YamlValue, seen: dict[str, int]) -> Route:
    """Read one route; `seen` has the line of each earlier route by its name."""
    fields = value.read_fields("name", "description", "when", "form")
    for required in ("name", "when"):
        if required not in fields:
            value.fail(f"the field {required} is missing")
    name = _read_name(fields["name"])
    if name in seen:
        fields["name"].fail(f"the route {name} is already defined in line {seen[name]}")
    seen[name] = fields["name"].line
    description = fields["description"].read_text() if "description" in fields else None
    form = cast(Form, fields["form"].read_choice(*get_args(Form))) if "form" in fields else "event"
    return Route(name, compile_condition(fields["when"]), form, description)


def _read_name(value: YamlValue) -> str:
    name = value.read_text()
    if not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        value.fail(
            f"{name!r} is not a valid route name; use lower-case letters, digits and single hyphens, "
            f"at most {MAX_NAME_CHARACTERS} characters"
        )
    return name
