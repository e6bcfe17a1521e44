"""Values of a YAML document that know their line and their field, so that an error can name both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

import yaml

from services.contracts.text.problem_words import describe_undecodable
from services.contracts.text.spelling import find_similar
from services.errors import ConfigurationError

MAX_BYTES = 1_048_576
"""Largest rules file, 1 MiB: enough for ten thousand names. Kubernetes stores no larger file in a ConfigMap."""
MAX_NESTING = 40
"""Maximum depth of nesting of mappings and lists, so that reading needs no deep stack. Conditions have a lower
limit."""

NULL = "tag:yaml.org,2002:null"
"""Tag of an empty value, and of `~` and an unquoted null."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, which reads a large file about ten times as fast, if this build of PyYAML has it."""

T = TypeVar("T")
Json = str | float | bool | None | list["Json"] | dict[str, "Json"]
"""A value as JSON has it."""


class InvalidValueError(ConfigurationError):
    """A value that the rules do not allow, with its line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """The file of a document and all problems found in it so far, so that one run shows all of them."""

    file: str
    problems: list[InvalidValueError] = field(default_factory=list)


class YamlValue:
    """A node of the document with its line and field.

    The methods `read_...` return the value in a certain type. They raise InvalidValueError, a ConfigurationError, with
    file, line and field if it has another type.
    """

    def __init__(self, node: yaml.Node, document: Document, path: str) -> None:
        self._node = node
        self._document = document
        self.path = path
        """The place in the document, such as `routes[2].when.any[0].entity`."""

    @property
    def line(self) -> int:
        """Number of the node's line in the file, from 1."""
        return int(self._node.start_mark.line) + 1

    def fail(self, message: str, suggestion: str | None = None) -> NoReturn:
        """Raise InvalidValueError with file, line, field, the message and what the writer may have meant."""
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        place = f"{self._document.file}:{self.line}: {self.path or 'document'}"
        raise InvalidValueError(f"{place}: {message}{hint}", self.line)

    def attempt(self, read: Callable[[YamlValue], T]) -> T | None:
        """Return what `read` makes of the value; None if it is invalid, which `raise_problems` reports later."""
        try:
            return read(self)
        except InvalidValueError as error:
            self._document.problems.append(error)
            return None

    def raise_problems(self) -> None:
        """Raise ConfigurationError with a line for each problem of the document, if it has any."""
        if problems := sorted(self._document.problems, key=lambda problem: problem.line):
            raise ConfigurationError("\n".join(dict.fromkeys(map(str, problems))))

    @property
    def is_text(self) -> bool:
        """True if the node is a single value."""
        return isinstance(self._node, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        """True if the node is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def read_fields(self, *allowed: str, required: Sequence[str] = ()) -> dict[str, YamlValue]:
        """Return the allowed fields of a mapping.

        An unknown field and one that occurs twice are problems of the document, which the other fields do not hide.
        Raises InvalidValueError if a required field is missing or misspelt, or if no field is allowed.
        """
        if not isinstance(self._node, yaml.MappingNode):
            self.fail(f"expected a mapping with some of these fields: {', '.join(allowed)}")
        found: dict[str, YamlValue] = {}
        misspelt: set[str] = set()
        for key, node in self._node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            value = YamlValue(node, self._document, f"{self.path}.{name}" if self.path else name)
            if name in found:
                value._note(key, "the field occurs twice; remove one")
            elif name in allowed:
                found[name] = value
            else:
                meant = find_similar(name, allowed)
                value._note(key, f"unknown field; the known fields are: {', '.join(allowed)}", meant)
                misspelt.update([meant] if meant else [])
        for name in required:
            if name not in found and name not in misspelt:
                self.fail(f"the field {name} is missing")
        if (self._node.value and not found) or not found.keys() >= {*required}:
            # The caller cannot work without these fields. Its `attempt` notes the raised problem again.
            raise self._document.problems.pop()
        return found

    def _note(self, node: yaml.Node, message: str, suggestion: str | None = None) -> None:
        """Note a problem in the line of another node, such as the key of this value."""
        YamlValue(node, self._document, self.path).attempt(lambda value: value.fail(message, suggestion))

    def read_items(self, minimum: int = 1) -> list[YamlValue]:
        """Return the items of a list, which must have at least `minimum` of them, 0 or 1."""
        if not isinstance(self._node, yaml.SequenceNode) or len(self._node.value) < minimum:
            self.fail("expected a list with at least one item" if minimum else "expected a list")
        return [
            YamlValue(node, self._document, f"{self.path}[{number}]") for number, node in enumerate(self._node.value)
        ]

    def read_one_or_more(self, read: Callable[[YamlValue], T]) -> list[T]:
        """Return what `read` makes of each item of a list, or of a single value."""
        return [read(value) for value in self.read_items()] if self.is_list else [read(self)]

    def read_text(self) -> str:
        """Return a text as written. `no` is the language code here, not the boolean of YAML 1.1."""
        if not isinstance(self._node, yaml.ScalarNode):
            self.fail("expected a text, but it is a list or a mapping")
        if not self._node.value.strip() or self._node.tag == NULL:
            self.fail("expected a text, but it is empty; write one, in quotes if it is ~ or null, or remove the field")
        return str(self._node.value).strip()

    def read_json(self) -> Json:
        """Return the value as written: texts, lists and mappings of texts."""
        return _to_json(self._node)

    def read_choice(self, *choices: str) -> str:
        """Return a text that must be one of the choices."""
        chosen = self.read_text()
        if chosen not in choices:
            self.fail(f"{chosen!r} is not one of: {', '.join(choices)}", find_similar(chosen, choices))
        return chosen

    def read_number(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`, both included."""
        written = self.read_text()
        try:
            number = float(written)
        except ValueError:
            self.fail(f"{written!r} is not a number")
        if not low <= number <= high:
            self.fail(f"{written} is not between {low:g} and {high:g}")
        return number


def _to_json(node: yaml.Node) -> Json:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _to_json(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_to_json(item) for item in node.value]
    return str(node.value)


def read_document(content: bytes, file: str) -> YamlValue:
    """Parse one YAML document. Raises ConfigurationError, with the line if it is known.

    Anchors and aliases are not allowed: a rules file does not need them, and nested aliases make a small file huge.
    """
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file}: the file has {len(content)} bytes; at most {MAX_BYTES} are allowed")
    try:
        text = content.decode()
        for problem, line in _find_problems(text):
            raise ConfigurationError(f"{file}:{line}: {problem}")
        node = yaml.compose(text, Loader=LOADER)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}:{describe_undecodable(error)}") from error
    except yaml.MarkedYAMLError as error:
        # The parser puts a bracket or a quote that is not closed behind the end of the file.
        line = min(error.problem_mark.line + 1, len(text.splitlines())) if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: {_describe(error, text)}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    if node is None:
        raise ConfigurationError(f"{file}:1: the file is empty; begin with version: 1 and routes")
    return YamlValue(node, Document(file), "")


def _describe(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what is wrong with a file that is not YAML, and the way out."""
    line = text.splitlines()[error.problem_mark.line :][:1] if error.problem_mark else []
    if line and line[0].lstrip(" ").startswith("\t"):
        return "a tab begins this line; YAML allows only spaces there"
    return (
        f"this is not YAML, from this line or the one before it: {error.problem}; "
        "check the indentation, the quotes and the brackets"
    )


def _find_problems(text: str) -> Iterator[tuple[str, int]]:
    """Yield the forbidden features of a well-formed document, each with its line."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield "anchors and aliases are not allowed", _find_line(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_NESTING:
            yield f"the document is nested deeper than {MAX_NESTING} levels", _find_line(event)


def _find_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
