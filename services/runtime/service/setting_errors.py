"""Errors of settings in words: each names its variable, the fault, and the setting or value that may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from services.contracts.text.spelling import suggest

Path = tuple[str, ...]
"""Section of a setting, its field, and any field inside that."""


def list_paths(cls: type[BaseModel], prefix: Path = ()) -> Iterator[Path]:
    """Yield the path of every setting of a class, those of its sections included."""
    for name, field in cls.model_fields.items():
        inner = _find_model(field.annotation)
        if inner is None:
            yield (*prefix, name)
        else:
            yield from list_paths(inner, (*prefix, name))


def explain(error: ValidationError, cls: type[BaseModel], name: Callable[..., str]) -> str:
    """Return what is wrong with each variable. `name` makes a variable's name from its path."""
    lines = []
    for problem in error.errors(include_url=False):
        path = [part for part in problem["loc"] if isinstance(part, str)]
        lines.append(f"{name(*path)}: {_explain_one(problem, path, cls, name)}")
    return "; ".join(lines)


def _explain_one(problem: Any, path: list[str], cls: type[BaseModel], name: Callable[..., str]) -> str:
    if problem["type"] == "extra_forbidden":
        known = [name(*other) for other in list_paths(cls)]
        return f"no such setting exists{suggest(name(*path), known)}"
    if problem["type"] == "literal_error":
        choices = _find_choices(cls, path)
        given = str(problem["input"])
        return f"{given!r} is not one of {', '.join(choices)}{suggest(given, choices)}"
    # The input is left out of every other message, because it may be a secret.
    return str(problem["msg"])


def _find_choices(cls: type[BaseModel], path: list[str]) -> list[str]:
    """Return the values of the setting at a path, or nothing if they are not a closed list."""
    annotation: Any = cls
    for part in path:
        model = _find_model(annotation)
        if model is None or part not in model.model_fields:
            return []
        annotation = model.model_fields[part].annotation
    return [str(value) for option in (annotation, *get_args(annotation)) for value in _list_literals(option)]


def _list_literals(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _find_model(annotation: Any) -> type[BaseModel] | None:
    """Return the class of a section, also where it may be absent."""
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None
