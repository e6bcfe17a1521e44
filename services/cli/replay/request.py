"""What a replay is asked to do: which articles, from where and to where; and what it has done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pydantic_core import to_json

from services.archive.parts import find_source
from services.contracts.decoding import parse_json, validate
from services.contracts.headers import is_replayed
from services.contracts.identity import derive_article_id, is_article_id
from services.contracts.raw import RawArticle
from services.contracts.topics import RAW, TopicLayout
from services.errors import ConfigurationError, PermanentError
from services.runtime.kafka.records import ConsumedRecord

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Form of a replay's name, which becomes a part of topic names."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A replay. A second call with an equal request continues it."""

    name: str
    since_ms: int
    until_ms: int | None = None
    sources: frozenset[str] = frozenset()
    """Sources of the articles; empty means all."""
    ids: frozenset[str] = frozenset()
    """Ids of the articles; empty means all."""
    archive: Path | None = None
    """Folder of the archive to read; None reads the raw topic."""
    in_place: bool = False
    """True writes to the raw topic of the deployment, so that its own services publish revisions."""
    is_cold: bool = False
    """True leaves match's state empty at the start."""

    def encode(self) -> str:
        """Return the request as JSON, by which two requests are compared."""
        fields = {
            "since_ms": self.since_ms,
            "until_ms": self.until_ms,
            "sources": sorted(self.sources),
            "ids": sorted(self.ids),
            "archive": str(self.archive) if self.archive else None,
            "in_place": self.in_place,
            "is_cold": self.is_cold,
        }
        return to_json(fields).decode()

    def choose_target(self, layout: TopicLayout) -> TopicLayout:
        """Return the layout of the topics that the replay writes to.

        Its own topics have the replay's name in their prefix. They have one partition, so that articles are annotated
        in the order in which they arrived, and a second replay gives the same verdicts.
        """
        return layout if self.in_place else replace(layout, prefix=f"{layout.prefix}{self.name}.", partitions=1)

    def has(self, record: ConsumedRecord) -> bool:
        """Return whether the record is to be replayed. What a replay wrote is not replayed: its original is there."""
        if record.timestamp < self.since_ms or (self.until_ms is not None and record.timestamp >= self.until_ms):
            return False
        if is_replayed(record.headers):
            return False
        if self.sources and find_source(record.value) not in self.sources:
            return False
        return self._has_id(record)

    def _has_id(self, record: ConsumedRecord) -> bool:
        if not self.ids:
            return True
        article = decode_raw(record)
        return article is not None and derive_article_id(article) in self.ids


@dataclass(slots=True)
class ReplayReport:
    """The result of a replay."""

    name: str
    read: int = 0
    written: int = 0
    primed: int | None = None
    enriched_topic: str = ""
    events: int | None = None
    """Number of events on the replay's own enriched topic; None for a replay in place."""
    dead_letters: int | None = None
    """Number of records on the replay's own dead-letter topics; None for a replay in place."""
    damage: list[str] = field(default_factory=list)
    """One line for each hole and each damaged file of the archive."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How a replay runs."""

    rate: float | None
    """Records a second; None for no limit."""
    has_sink: bool
    """True also routes the events, to the replay's own topics."""
    niceness: int
    """Niceness of the replay's own services, 0 to 19."""
    log: Path
    """File of the services' logs."""
    report: Callable[[str], None]
    """Function that is called with lines about the progress."""


def decode_raw(record: ConsumedRecord) -> RawArticle | None:
    """Return the article of a raw record; None if the record is no article."""
    try:
        return validate(RawArticle, parse_json(record.value or b""))
    except PermanentError:
        return None


def read_ids(path: Path) -> frozenset[str]:
    """Read article ids, one a line. Raises ConfigurationError, which names the line, if one is no id."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    ids = frozenset(_check_ids(lines, path))
    if not ids:
        raise ConfigurationError(f"{path} has no ids; write one a line")
    return ids


def _check_ids(lines: Iterable[str], path: Path) -> Iterable[str]:
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped and not is_article_id(stripped):
            raise ConfigurationError(f"{path}:{number}: {stripped[:40]!r} is not an article id (32 hexadecimal digits)")
        if stripped:
            yield stripped


def check_request(request: ReplayRequest, layout: TopicLayout, now: datetime, remembered_ms: int) -> None:
    """Raise ConfigurationError if the request cannot be carried out as it is meant."""
    if not NAME.fullmatch(request.name):
        raise ConfigurationError(
            f"{request.name!r} is no name of a replay: use up to 40 of a-z, 0-9, - and _; begin with a letter or digit"
        )
    now_ms = int(now.timestamp() * 1_000)
    if request.until_ms is not None and request.until_ms <= request.since_ms:
        raise ConfigurationError("--until must be after --since")
    if request.since_ms >= now_ms:
        raise ConfigurationError("--since is in the future")
    if request.in_place and request.since_ms < now_ms - remembered_ms:
        days = remembered_ms // 86_400_000
        raise ConfigurationError(
            f"--publish goes back {days} days at most: match no longer knows older articles and would publish them as "
            f"new ones. Without --publish they are written to topics of their own, such as "
            f"{request.choose_target(layout).name(RAW)}"
        )
