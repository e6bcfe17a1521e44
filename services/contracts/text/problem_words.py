"""Problems of a message in plain words: `published_at: not a time: 'soon'; write ISO 8601, such as ...`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from services.contracts.text.spelling import suggest

MAX_SHOWN: Final = 60
"""Maximum number of characters of a wrong value that a message repeats."""

NOT_A_TIME: Final = "not a time{shown}; write ISO 8601, such as 2026-03-10T08:00:00Z"
NOT_A_LIST: Final = "not a list"
WORDS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "string_type": "not a text",
    "string_too_short": "is empty",
    "string_too_long": "longer than {max_length:,} characters",
    "string_unicode": "has a surrogate without its partner",
    "string_pattern_mismatch": "not a language code such as en or pt-BR{shown}",
    "datetime_type": NOT_A_TIME,
    "datetime_parsing": NOT_A_TIME,
    "datetime_from_date_parsing": NOT_A_TIME,
    "datetime_object_invalid": NOT_A_TIME,
    "timezone_naive": NOT_A_TIME,
    "list_type": NOT_A_LIST,
    "tuple_type": NOT_A_LIST,
    "dict_type": "not an object with names and values",
    "model_type": "not an object",
    "too_long": "has {actual_length} entries; at most {max_length} are allowed",
    "too_short": "has {actual_length} entries; at least {min_length} are needed",
    "int_type": "not a whole number{shown}",
    "int_parsing": "not a whole number{shown}",
    "float_type": "not a number{shown}",
    "float_parsing": "not a number{shown}",
    "bool_type": "not true or false{shown}",
    "greater_than_equal": "less than {ge}",
    "less_than_equal": "more than {le}",
}
"""Messages by pydantic's type of the problem. `shown` is the wrong value, if it is short."""


def describe_problem(problem: ErrorDetails) -> str:
    """Return one problem as `field: message`. Only a short wrong value is repeated."""
    return f"{find_field(problem) or 'document'}: {_describe(problem)}"


def describe_undecodable(error: UnicodeDecodeError) -> str:
    """Return the line and the first byte that is not UTF-8, to be put behind the name of the file and a colon."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"{line}: byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"


def find_field(problem: ErrorDetails) -> str | None:
    """Return the name of the wrong field, with dots inside objects; None for the whole document."""
    return ".".join(str(part) for part in problem["loc"]) or None


def _describe(problem: ErrorDetails) -> str:
    kind, written = problem["type"], _show(problem["input"])
    context: dict[str, Any] = dict(problem.get("ctx") or {})
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(context["expected"]).replace(" or ", ", ").split(", ")]
        message = f"{written or 'the value'} is not one of: {', '.join(choices)}"
        return message + (suggest(str(problem["input"]), choices) if written else "")
    if kind == "value_error":
        return problem["msg"].removeprefix("Value error, ") + (f": {written}" if written else "")
    words = WORDS.get(kind)
    if words is None:
        return problem["msg"][:1].lower() + problem["msg"][1:]
    return words.format(**context, shown=f": {written}" if written else "")


def _show(value: object) -> str:
    """Return a short wrong value as a message shows it; empty for a long one and for a list or an object."""
    if isinstance(value, bool) or value is None:
        return str(value).lower().replace("none", "null")
    shown = repr(value) if isinstance(value, str | int | float) else ""
    return shown if len(shown) <= MAX_SHOWN else ""
