"""Compiler of conditions: each condition of the rules file becomes a function of an event that can explain itself."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from services.sink.rules.conditions.condition import Condition, negate, require_all, require_any
from services.sink.rules.conditions.entity import compile_entity
from services.sink.rules.conditions.identifiers import compile_country
from services.sink.rules.conditions.phrases import compile_body, compile_headline
from services.sink.rules.conditions.properties import (
    compile_language,
    compile_missing,
    compile_sentiment,
    compile_source,
    compile_verdict,
)
from services.sink.rules.conditions.story import compile_novelty, compile_story
from services.sink.rules.conditions.topic import compile_topic
from services.sink.rules.yaml_values import YamlValue

MAX_DEPTH = 8
"""Maximum depth of nesting of `all`, `any` and `not`. A person cannot check a rule that is nested deeper."""
ALWAYS = "always"
"""Condition that every event meets."""
COMPILERS: Final = {
    "language": compile_language,
    "source": compile_source,
    "verdict": compile_verdict,
    "missing": compile_missing,
    "topic": compile_topic,
    "sentiment": compile_sentiment,
    "story": compile_story,
    "novelty": compile_novelty,
    "country": compile_country,
    "entity": compile_entity,
    "headline": compile_headline,
    "body": compile_body,
}
"""Compilers by the field's name in the rules file. The conditions that are evaluated fastest come first."""
FIELDS: Final = (*COMPILERS, "not", "all", "any")
"""Fields of a condition, in the order of their evaluation: the cheapest first."""


def compile_condition(value: YamlValue, depth: int = 1) -> Condition:
    """Compile a condition: a mapping, all of whose fields must hold, or the word `always`.

    Raises ConfigurationError with file, line and field if the condition is invalid.
    """
    if value.is_text:
        value.read_choice(ALWAYS)
        return Condition(ALWAYS, lambda _: True, line=value.line)
    if depth > MAX_DEPTH:
        value.fail(f"conditions are nested deeper than {MAX_DEPTH} levels")
    fields = value.read_fields(*FIELDS)
    if not fields:
        value.fail("a condition needs at least one field")
    compiled = [_compile_field(name, fields[name], depth + 1) for name in FIELDS if name in fields]
    return require_all([condition for condition in compiled if condition], value.line)


def _compile_field(name: str, value: YamlValue, depth: int) -> Condition | None:
    """Compile a field; None if it is invalid, which the document reports at its end."""
    if name in COMPILERS:
        condition = value.attempt(COMPILERS[name])
        return condition and replace(condition, expected=value.read_json(), line=value.line)
    if name == "not":
        condition = value.attempt(partial(compile_condition, depth=depth))
        return condition and negate(condition, value.line)
    items = value.attempt(YamlValue.read_items) or []
    conditions = [found for item in items if (found := item.attempt(partial(compile_condition, depth=depth)))]
    return require_all(conditions, value.line) if name == "all" else require_any(conditions, value.line)
