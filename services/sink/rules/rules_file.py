"""Reader of the rules file. The service does not start unless the whole file is valid."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from services.errors import ConfigurationError
from services.sink.rules.conditions.compiler import compile_condition
from services.sink.rules.expectations import read_expectation
from services.sink.rules.routes import Form, Route, RouteOptions, Rules
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
"""Number of hexadecimal characters of the rules' version. 48 bits are enough to distinguish the files of one desk."""


def read_rules(path: Path) -> Rules:
    """Read and compile a rules file. Raises ConfigurationError, which names file, line and field of each error."""
    return parse_rules(read_content(path), path.name)


def read_content(path: Path) -> bytes:
    """Return the bytes of a rules file. Raises ConfigurationError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the rules file {path}: {error.strerror}") from error


def parse_rules(content: bytes, file: str) -> Rules:
    """Compile the content of a rules file; `file` is its name in errors. Raises ConfigurationError as `read_rules`.

    The message has a line for each problem, so that one run shows all of them.
    """
    document = read_document(content, file)
    fields = document.attempt(_read_file_fields) or {}
    items = fields["routes"].attempt(_read_items) or [] if "routes" in fields else []
    seen: dict[str, int] = {}
    routes = [route for item in items if (route := item.attempt(lambda value: _read_route(value, seen)))]
    read = fields["default"].attempt(lambda value: _read_default(value, seen)) if "default" in fields else None
    default, options = read or (None, None)
    names = (*seen, *([default] if default is not None and default not in seen else []))
    tests = fields["tests"].attempt(YamlValue.read_items) or [] if "tests" in fields else []
    expectations = [test for item in tests if (test := item.attempt(lambda value: read_expectation(value, names)))]
    document.raise_problems()
    version = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return Rules(tuple(routes), default, options, version, tuple(expectations))


def _read_file_fields(document: YamlValue) -> dict[str, YamlValue]:
    fields = document.read_fields("version", "routes", "default", "tests", required=("version", "routes"))
    fields["version"].attempt(lambda value: value.read_choice(VERSION))
    return fields


def _read_items(routes: YamlValue) -> list[YamlValue]:
    items = routes.read_items()
    if len(items) > MAX_ROUTES:
        routes.fail(f"there are {len(items)} routes; at most {MAX_ROUTES} are allowed")
    return items


def _read_route(value: YamlValue, seen: dict[str, int]) -> Route | None:
    """Read one route; None if it is invalid. `seen` has the line of each earlier route by its name."""
    fields = value.read_fields("name", "description", "when", "form", "body", required=("name", "when"))
    name = fields["name"].attempt(lambda written: _read_new_name(written, seen))
    condition = fields["when"].attempt(compile_condition)
    options = value.attempt(lambda _: _read_options(fields))
    description = fields["description"].read_text() if "description" in fields else None
    return Route(name, condition, options, description) if name and condition and options else None


def _read_new_name(value: YamlValue, seen: dict[str, int]) -> str:
    name = _read_name(value)
    if name in seen:
        value.fail(f"the route {name} is already defined in line {seen[name]}")
    seen[name] = value.line
    return name


def _read_options(fields: Mapping[str, YamlValue]) -> RouteOptions:
    form = cast(Form, fields["form"].read_choice(*get_args(Form))) if "form" in fields else "event"
    has_text = fields["body"].read_choice("true", "false") == "true" if "body" in fields else True
    return RouteOptions(form, has_text)


def _read_default(value: YamlValue, seen: Mapping[str, int]) -> tuple[str, RouteOptions | None]:
    """Read the default route: a name, or a mapping that also has the options of a route that no rule describes."""
    if value.is_text:
        return _read_name(value), None
    fields = value.read_fields("name", "form", "body", required=("name",))
    name = _read_name(fields["name"])
    if name in seen:
        value.fail(f"the route {name} has its options in line {seen[name]}; write only its name here")
    return name, _read_options(fields)


def _read_name(value: YamlValue) -> str:
    name = value.read_text()
    if not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        value.fail(
            f"{name!r} is not a valid route name; use lower-case letters, digits and single hyphens, "
            f"at most {MAX_NAME_CHARACTERS} characters"
        )
    return name
