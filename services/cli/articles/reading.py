"""Articles from files and standard input, for the commands that read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import ConfigurationError, PermanentError
from services.ingest.entries import Entry, UnreadableEntry, read_entries, read_line
from services.outcomes import Reason

STANDARD_INPUT = Path("-")
STANDARD_INPUT_NAME = "standard input"
SAMPLES = Path(__file__).with_name("samples")
"""Folder of articles that the project wrote, which show what an enriched event looks like."""


@dataclass(frozen=True, slots=True)
class FileEntry(Entry):
    """Article of a file."""

    file: str = STANDARD_INPUT_NAME


@dataclass(frozen=True, slots=True)
class UnreadableFileEntry(UnreadableEntry):
    """Part of a file that is not an article."""

    file: str = STANDARD_INPUT_NAME


def name_place(article: Entry | UnreadableEntry) -> str:
    """Return where an article comes from, for errors: its file, and its line or its number in a JSON array."""
    file = article.file if isinstance(article, FileEntry | UnreadableFileEntry) else "article"
    return f"{file}:{article.position}"


def validate_article(article: Entry | UnreadableEntry) -> RawArticle:
    """Return an article of a file as a raw article. Raises PermanentError if it is unreadable or invalid."""
    if isinstance(article, UnreadableEntry):
        raise PermanentError(article.message, reason=article.reason)
    return validate(RawArticle, article.fields)


def describe_failure(error: Exception) -> str:
    """Return the reason and the message of one article's failure; an unexpected exception asks for a report."""
    if isinstance(error, PermanentError):
        return f"{error.reason}: {error}"
    return f"{Reason.UNEXPECTED}: {type(error).__name__}: {error}; please report it with this article"


def read_articles(paths: Iterable[Path]) -> Iterator[Entry | UnreadableEntry]:
    """Yield every article in the files, in order, each with the name of its file.

    JSON Lines are read line by line, so that a pipe may be endless. A text or HTML file counts as fetched when it was
    last modified. Raises ConfigurationError for a file that cannot be opened.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            yield from _add_file(_read(sys.stdin.buffer, "-", None), STANDARD_INPUT_NAME)
            continue
        try:
            with path.open("rb") as file:
                modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
                yield from _add_file(_read(file, path.name, modified), str(path))
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror or error}") from error


def add_fields(
    articles: Iterable[Entry | UnreadableEntry], given: Mapping[str, str | None]
) -> Iterator[Entry | UnreadableEntry]:
    """Yield the articles, each with the given fields that it does not have itself."""
    present = {name: value for name, value in given.items() if value is not None}
    for article in articles:
        if isinstance(article, Entry):
            own = {name: value for name, value in article.fields.items() if value is not None}
            yield replace(article, fields={**present, **own})
        else:
            yield article


def _add_file(articles: Iterable[Entry | UnreadableEntry], file: str) -> Iterator[Entry | UnreadableEntry]:
    for article in articles:
        if isinstance(article, Entry):
            yield FileEntry(article.fields, article.position, article.document, file)
        else:
            yield UnreadableFileEntry(
                article.reason, article.message, article.position, article.field, article.document, file
            )


def _read(file: BinaryIO, name: str, modified: datetime | None) -> Iterator[Entry | UnreadableEntry]:
    first = file.readline()
    if _is_json_line(first):
        yield read_line(first)
        for position, line in enumerate(file, start=2):
            if line.strip():
                yield read_line(line, position)
        return
    yield from read_entries(first + file.read(), name, fetched_at=modified)


def _is_json_line(line: bytes) -> bool:
    stripped = line.strip()
    return stripped.startswith(b"{") and stripped.endswith(b"}")
