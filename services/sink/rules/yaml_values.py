"""A YAML document whose every value knows its line, so that an error can name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

import yaml

from services.errors import ConfigurationError

MAX_BYTES = 262_144
"""Of a rules file: some thousand routes; a file of other sizes is another file."""
MAX_NESTING = 40
"""Of YAML's own mappings and lists, so that reading needs no deep stack; conditions have a bound of their own."""

T = TypeVar("T")


class Value:
    """A node of the document: where it stands, and typed readings of it. A reading that fails raises
    ConfigurationError with file, line and field."""

    def __init__(self, node: yaml.Node, file: str, path: str) -> None:
        self._node = node
        self._file = file
        self.path = path
        """The field, such as `routes[2].when.any[0].entity`."""

    @property
    def line(self) -> int:
        """From 1."""
        return int(self._node.start_mark.line) + 1

    def fail(self, message: str) -> NoReturn:
        """Raise ConfigurationError about this value."""
        raise ConfigurationError(f"{self._file}:{self.line}: {self.path or 'document'}: {message}")

    @property
    def is_text(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self._node, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def fields(self, *allowed: str) -> dict[str, Value]:
        """A mapping's fields; each of them must be an allowed one."""
        if not isinstance(self._node, yaml.MappingNode):
            self.fail(f"expected a mapping with {' or '.join(allowed)}")
        found: dict[str, Value] = {}
        for key, node in self._node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            field = Value(node, self._file, f"{self.path}.{name}" if self.path else name)
            if name not in allowed:
                Value(key, self._file, field.path).fail(f"unknown field; known are {', '.join(allowed)}")
            if name in found:
                Value(key, self._file, field.path).fail("the field stands twice")
            found[name] = field
        return found

    def items(self) -> list[Value]:
        """A list's items, at least one."""
        if not isinstance(self._node, yaml.SequenceNode) or not self._node.value:
            self.fail("expected a list with at least one item")
        return [Value(node, self._file, f"{self.path}[{number}]") for number, node in enumerate(self._node.value)]

    def one_or_more(self, read: Callable[[Value], T]) -> list[T]:
        """A single value or a list of them."""
        return [read(value) for value in self.items()] if self.is_list else [read(self)]

    def text(self) -> str:
        """A text as written: `no` stays the language code that it is, and is no YAML 1.1 boolean."""
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip():
            self.fail("expected a text")
        return str(self._node.value).strip()

    def choice(self, *choices: str) -> str:
        """One of the choices."""
        chosen = self.text()
        if chosen not in choices:
            self.fail(f"{chosen!r} is none of {', '.join(choices)}")
        return chosen

    def number(self, low: float, high: float) -> float:
        """A number within the bounds."""
        written = self.text()
        try:
            number = float(written)
        except ValueError:
            self.fail(f"{written!r} is no number")
        if not low <= number <= high:
            self.fail(f"{written} is not between {low:g} and {high:g}")
        return number


def read_document(content: bytes, file: str) -> Value:
    """Parse one YAML document. Raises ConfigurationError, with the line where there is one.

    Anchors are refused: a rules file has no use for them, and nested ones make a small file huge.
    """
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file}: {len(content)} bytes are more than {MAX_BYTES}")
    try:
        text = content.decode()
        for problem, line in _find_problems(text):
            raise ConfigurationError(f"{file}:{line}: {problem}")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    if node is None:
        raise ConfigurationError(f"{file}:1: the file is empty")
    return Value(node, file, "")


def _find_problems(text: str) -> Iterator[tuple[str, int]]:
    """What makes a well-formed document unwelcome."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield "anchors and aliases are not allowed", _find_line(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_NESTING:
            yield f"nested deeper than {MAX_NESTING} levels", _find_line(event)


def _find_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
