"""The feeds file: the whole of it is right, or the service does not start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from services.contracts.raw import HttpUrl
from services.errors import ConfigurationError

MAX_BYTES = 4_194_304
"""Of a feeds file: some ten thousand feeds; a file of other sizes is another file."""
MAX_FEEDS = 10_000
INTERVAL = 900
"""Seconds: what most publishers' own `ttl` says is 15 minutes to an hour."""
MONTH = 2_592_000
"""Seconds."""
OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"}) | {
    "if-none-match",
    "if-modified-since",
    "cookie",
}
"""Headers that are set here, or that would break the exchange."""


def _check_feed_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name; give an Authorization header")
    if parts.fragment:
        raise ValueError("must not have a fragment")
    return value


def _check_header_name(name: str) -> str:
    if name.lower() in OURS:
        raise ValueError(f"{name} cannot be set")
    return name


FeedUrl = Annotated[HttpUrl, AfterValidator(_check_feed_url)]
# RFC 9110, 5.1 and 5.5: a token, and visible characters with blanks between.
HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"), AfterValidator(_check_header_name)
]
HeaderValue = Annotated[SecretStr, Field(max_length=4_096)]


class Feed(BaseModel):
    """One feed of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: FeedUrl
    interval: int = Field(default=INTERVAL, ge=1, le=MONTH)
    """Seconds between two fetches."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)] | None = None
    """The publisher; the feed's title when absent."""
    full_text: Literal["entry", "page"] = "entry"
    """Where the text is: in the entry, or on the page that it links to."""
    language: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None
    ) = None
    """BCP 47; what the feed says when absent."""
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=16)] = {}
    """Sent to the feed's own origin alone, such as an API key."""

    def reveal_headers(self) -> dict[str, str]:
        """The headers with their values. Raises UnicodeError for what no header can hold."""
        return {name.lower(): value.get_secret_value() for name, value in self.headers.items()}


class _Loader(yaml.BaseLoader):
    """Every value is text, so that the language `no` is Norwegian and no YAML 1.1 boolean."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """Read a feeds file. Raises ConfigurationError naming file, line and field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    return parse_feeds(content, path.name)


def parse_feeds(content: bytes, file: str) -> tuple[Feed, ...]:
    """The feeds that a file's content lists: YAML, of which JSON is a part; `file` is its name in errors."""
    node = _compose(content, file)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        _fail(file, node, "expected a list of feeds, each with at least `url`")
    if len(node.value) > MAX_FEEDS:
        _fail(file, node, f"{len(node.value)} feeds are more than {MAX_FEEDS}")
    feeds: list[Feed] = []
    lines: dict[str, int] = {}
    for item in node.value:
        feed = _read_feed(item, file)
        if feed.url in lines:
            _fail(file, item, f"url: the feed stands in line {lines[feed.url]} already")
        lines[feed.url] = _line(item)
        feeds.append(feed)
    return tuple(feeds)


def _compose(content: bytes, file: str) -> yaml.Node:
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file}: {len(content)} bytes are more than {MAX_BYTES}")
    try:
        node = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8: {error}") from error
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
        _fail(file, node, "expected a feed with at least `url`")
    names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    for number, name in enumerate(names):
        if name in names[:number]:
            _fail(file, node.value[number][0], f"{name}: stands twice")
    try:
        feed = Feed.model_validate(_build(node))
        _check_values(feed.reveal_headers().values())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = [str(part) for part in problem["loc"] if part != "[key]"]
        message = problem["msg"].removeprefix("Value error, ")
        _fail(file, _find(node, path), f"{'.'.join(path)}: {message}")
    except ValueError as error:
        _fail(file, _find(node, ["headers"]), f"headers: {error}")
    return feed


def _check_values(values: Iterable[str]) -> None:
    for value in values:
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError("a value must be printable ASCII without blanks around it")


def _build(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _build(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_build(item) for item in node.value]
    return node.value


def _find(node: yaml.Node, path: Sequence[str]) -> yaml.Node:
    """The node at a path, or the last one on the way; an unknown field's is its name."""
    for part in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((value for key, value in pairs if key.value == part), None)
        if found is None:
            return node
        node = found
    return node


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _fail(file: str, node: yaml.Node, message: str) -> NoReturn:
    raise ConfigurationError(f"{file}:{_line(node)}: {message}")
