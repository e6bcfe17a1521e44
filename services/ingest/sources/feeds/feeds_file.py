"""Reader of the feeds file. One mistake in the file stops the start of the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from services.contracts.raw import HttpUrl, LanguageTag
from services.contracts.text.problem_words import describe_undecodable
from services.errors import ConfigurationError

MAX_BYTES = 4_194_304
"""Largest feeds file in bytes: room for ten thousand feeds. A larger file is probably not a feeds file."""
MAX_FEEDS = 10_000
DEFAULT_INTERVAL = 900
"""Seconds: 15 minutes. Most publishers' own `ttl` says 15 minutes to an hour."""
MAX_INTERVAL = 2_592_000
"""Seconds: 30 days."""
RESERVED_HEADERS = frozenset(
    {
        "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent",
        "if-none-match", "if-modified-since", "cookie",
    }
)  # fmt: skip
"""Names of headers that cannot be set in the feeds file: ingest sets them, or they would break the exchange with the
server."""


def _check_feed_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user name or password; use an Authorization header")
    if parts.fragment:
        raise ValueError("must not have a fragment")
    return value


def _check_header_name(name: str) -> str:
    if name.lower() in RESERVED_HEADERS:
        raise ValueError(f"{name} is reserved and cannot be set in the feeds file")
    return name


FeedUrl = Annotated[HttpUrl, AfterValidator(_check_feed_url)]
# RFC 9110, 5.1 and 5.5: the name is a token, the value visible characters with blanks between them.
HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"), AfterValidator(_check_header_name)
]
HeaderValue = Annotated[SecretStr, Field(max_length=4_096)]


class Feed(BaseModel):
    """One feed of the feeds file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: FeedUrl
    interval: int = Field(default=DEFAULT_INTERVAL, ge=1, le=MAX_INTERVAL)
    """Seconds between two fetches."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)] | None = None
    """Publisher; the default is the feed's title."""
    full_text: Literal["entry", "page"] = "entry"
    """Place of the article's text: the entry itself, or the page that the entry links to."""
    language: LanguageTag | None = None
    """BCP 47 tag; the default is the language that the feed states."""
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=16)] = {}
    """Headers sent to the origin of the feed's URL alone, such as an API key."""

    def reveal_headers(self) -> dict[str, str]:
        """Return the headers with their secret values, under names in lower case."""
        return {name.lower(): value.get_secret_value() for name, value in self.headers.items()}


class _Loader(yaml.BaseLoader):
    """YAML loader that reads every value as text: the language `no` is Norwegian and not a YAML 1.1 boolean."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """Read a feeds file. Raises ConfigurationError that names the file, the line and the field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the feeds file {path}: {error.strerror}") from error
    return parse_feeds(content, path.name)


def parse_feeds(content: bytes, file: str) -> tuple[Feed, ...]:
    """Parse the content of a feeds file: a list of feeds in YAML or in JSON, which is a subset of YAML.

    `file` is the name in errors. Raises ConfigurationError that names the file, the line and the field.
    """
    node = _compose(content, file)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        _fail(file, node, "expected a list of feeds, each with at least a `url`")
    if len(node.value) > MAX_FEEDS:
        _fail(file, node, f"the file lists {len(node.value)} feeds; at most {MAX_FEEDS} are allowed")
    feeds: list[Feed] = []
    lines: dict[str, int] = {}
    for item in node.value:
        feed = _read_feed(item, file)
        if feed.url in lines:
            _fail(file, item, f"url: the feed is already listed in line {lines[feed.url]}")
        lines[feed.url] = _line_number(item)
        feeds.append(feed)
    return tuple(feeds)


def _compose(content: bytes, file: str) -> yaml.Node:
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file}: the file has {len(content)} bytes; at most {MAX_BYTES} are allowed")
    try:
        node = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}:{describe_undecodable(error)}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{file}: {error}") from error
    if node is None:
        raise ConfigurationError(f"{file}:1: the file is empty")
    return node


def _read_feed(node: yaml.Node, file: str) -> Feed:
    if not isinstance(node, yaml.MappingNode):
        _fail(file, node, "expected a feed with at least a `url`")
    names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    for number, name in enumerate(names):
        if name in names[:number]:
            _fail(file, node.value[number][0], f"{name}: the field is given twice")
    try:
        feed = Feed.model_validate(_to_python(node))
        _check_values(feed.reveal_headers().values())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = [str(part) for part in problem["loc"] if part != "[key]"]
        message = problem["msg"].removeprefix("Value error, ")
        _fail(file, _find_node(node, path), f"{'.'.join(path)}: {message}")
    except ValueError as error:
        _fail(file, _find_node(node, ["headers"]), f"headers: {error}")
    return feed


def _check_values(values: Iterable[str]) -> None:
    for value in values:
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError("a value must be printable ASCII without blanks at its start or end")


def _to_python(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _to_python(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_to_python(item) for item in node.value]
    return node.value


def _find_node(node: yaml.Node, path: Sequence[str]) -> yaml.Node:
    """Find the node at a path, or the last node on the way to it."""
    for part in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((value for key, value in pairs if key.value == part), None)
        if found is None:
            return node
        node = found
    return node


def _line_number(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _fail(file: str, node: yaml.Node, message: str) -> NoReturn:
    raise ConfigurationError(f"{file}:{_line_number(node)}: {message}")
