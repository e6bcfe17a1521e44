"""Compiler of conditions: each condition of the rules file becomes a function of an event."""

from __future__ import annotations

from typing import Final

from services.sink.rules.conditions.condition import Condition, negate, require_all, require_any
from services.sink.rules.conditions.properties import COMPILERS
from services.sink.rules.yaml_values import YamlValue

MAX_DEPTH = 8
"""Maximum depth of nesting of `all`, `any` and `not`. A person cannot check a rule that is nested deeper."""
ALWAYS = "always"
"""Condition that every event meets."""
FIELDS: Final = (*COMPILERS, "not", "all", "any")
"""Fields of a condition, in the order of their evaluation: the cheapest first."""


def compile_condition(value: YamlValue, depth: int = 1) -> Condition:
    """Compile a condition: a mapping, all of whose fields must hold, or the word `always`.

    Raises ConfigurationError with file, line and field if the condition is invalid.
    """
    if value.is_text:
        value.read_choice(ALWAYS)
        return lambda _: True
    if depth > MAX_DEPTH:
        value.fail(f"conditions are nested deeper than {MAX_DEPTH} levels")
    fields = value.read_fields(*FIELDS)
    if not fields:
        value.fail("a condition needs at least one field")
    return require_all([_compile_field(name, fields[name], depth + 1) for name in FIELDS if name in fields])


def _compile_field(name: str, value: YamlValue, depth: int) -> Condition:
    if name in COMPILERS:
        return COMPILERS[name](value)
    if name == "not":
        return negate(compile_condition(value, depth))
    conditions = [compile_condition(item, depth) for item in value.read_items()]
    return require_all(conditions) if name == "all" else require_any(conditions)
