"""Reader of the rules file. The service does not start unless the whole file is valid."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast, get_args

from services.errors import ConfigurationError
from services.sink.rules.conditions.compiler import compile_condition
from services.sink.rules.expectations import Expectation, read_expectation
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

T = TypeVar("T")


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

    The message has a line for each route and each test that is wrong, so that one run shows all of them.
    """
    document = read_document(content, file)
    fields = document.read_fields("version", "routes", "default", "tests", required=("version", "routes"))
    fields["version"].read_choice(VERSION)
    items = fields["routes"].read_items()
    if len(items) > MAX_ROUTES:
        fields["routes"].fail(f"there are {len(items)} routes; at most {MAX_ROUTES} are allowed")
    seen: dict[str, int] = {}
    problems: list[str] = []
    routes = _read_each(items, lambda item: _read_route(item, seen), problems)
    defaults = [fields["default"]] if "default" in fields else []
    read = _read_each(defaults, lambda value: _read_default(value, seen), problems)
    default, options = read[0] if read else (None, None)
    expectations: list[Expectation] = []
    if "tests" in fields and not problems:
        names = (*seen, *([default] if default is not None and default not in seen else []))
        expectations = _read_each(fields["tests"].read_items(), lambda item: read_expectation(item, names), problems)
    if problems:
        raise ConfigurationError("\n".join(problems))
    version = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return Rules(tuple(routes), default, options, version, tuple(expectations))


def _read_each(items: Sequence[YamlValue], read: Callable[[YamlValue], T], problems: list[str]) -> list[T]:
    """Read the items that are valid, and add the error of each other one to the problems."""
    found = []
    for item in items:
        try:
            found.append(read(item))
        except ConfigurationError as error:
            problems.append(str(error))
    return found


def _read_route(value: YamlValue, seen: dict[str, int]) -> Route:
    """Read one route; `seen` has the line of each earlier route by its name."""
    fields = value.read_fields("name", "description", "when", "form", "body", required=("name", "when"))
    name = _read_name(fields["name"])
    if name in seen:
        fields["name"].fail(f"the route {name} is already defined in line {seen[name]}")
    seen[name] = fields["name"].line
    description = fields["description"].read_text() if "description" in fields else None
    return Route(name, compile_condition(fields["when"]), _read_options(fields), description)


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
