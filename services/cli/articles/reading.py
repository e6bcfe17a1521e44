"""Articles from files and standard input, for the commands that read them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from services.cli.console.progress import print_status
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import ConfigurationError, PermanentError
from services.ingest.entries import Entry, UnreadableEntry
from services.ingest.files import has_articles, read_file
from services.ingest.journal import FileIdentity, Journal
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


def choose_files(given: Sequence[Path] | None) -> list[Path]:
    """Return the given files, or standard input. If that is a terminal, print how to end the article."""
    chosen = [*(given or [STANDARD_INPUT])]
    if STANDARD_INPUT in chosen and sys.stdin.isatty():
        print_status("reading an article from the terminal; Ctrl-D ends it")
    return chosen


def read_articles(paths: Iterable[Path]) -> Iterator[Entry | UnreadableEntry]:
    """Yield every article in the files, as `ArticleFiles.read` does."""
    return ArticleFiles(paths).read()


class ArticleFiles:
    """The files of a command. Folders stand for all files below them that may have articles, in the order of names."""

    def __init__(self, paths: Iterable[Path], journal: Journal | None = None) -> None:
        """`journal` notes what is done; what it has from an earlier run is left out.

        Raises ConfigurationError for a file that cannot be read, and for standard input with a journal.
        """
        self._journal = journal
        self.paths = [file for path in paths for file in _list_files(path)]
        if journal is not None and STANDARD_INPUT in self.paths:
            raise ConfigurationError("standard input cannot be continued; give files with --journal")
        self._identities = {path: _identify(path) for path in self.paths if path != STANDARD_INPUT}
        self._done = dict.fromkeys(map(str, self.paths), 0)
        self._current: BinaryIO | None = None
        self._bytes_before = 0
        self.total_bytes = None if STANDARD_INPUT in self.paths else sum(one.size for one in self._identities.values())
        """Bytes of all files; None if standard input is one of them."""

    @property
    def bytes_read(self) -> int:
        """Bytes that are read so far, those of an earlier run included."""
        return self._bytes_before + (self._current.tell() if self._current is not None else 0)

    def read(self) -> Iterator[Entry | UnreadableEntry]:
        """Yield every article in the files, in order, each with the name of its file.

        JSON Lines and WARC files are read piece by piece, so that a pipe may be endless. A text or HTML file counts as
        fetched when it was last modified. Raises ConfigurationError for a file that cannot be opened.
        """
        for path in self.paths:
            if path == STANDARD_INPUT:
                yield from _add_file(read_file(sys.stdin.buffer, "-", None), STANDARD_INPUT_NAME)
                continue
            done, is_complete = self._find_done(path)
            if not is_complete:
                yield from self._read_path(path, done)
            self._bytes_before += self._identities[path].size

    def note(self, sent: Iterable[Entry | UnreadableEntry], outcomes: Mapping[str, int]) -> None:
        """Note articles that have outcomes, in the order of reading. Raises ConfigurationError if that fails."""
        if self._journal is None:
            return
        touched = Counter(article.file for article in sent if isinstance(article, FileEntry | UnreadableFileEntry))
        for number, (file, count) in enumerate(touched.items(), start=1):
            self._done[file] += count
            # An article of a later file means that this one is complete.
            self._write(self._journal, file, outcomes, is_complete=number < len(touched))

    def finish(self, outcomes: Mapping[str, int]) -> None:
        """Note that every file is complete."""
        if self._journal is None:
            return
        for file in self._done:
            self._write(self._journal, file, outcomes, is_complete=True)

    def _write(self, journal: Journal, file: str, outcomes: Mapping[str, int], *, is_complete: bool) -> None:
        identity = self._identities[Path(file)]
        if journal.find(file, identity) == (self._done[file], True):
            return
        try:
            journal.add(file, identity, self._done[file], outcomes, is_complete=is_complete)
        except OSError as error:
            raise ConfigurationError(f"cannot write {journal.path}: {error.strerror or error}") from error

    def _find_done(self, path: Path) -> tuple[int, bool]:
        if self._journal is None:
            return 0, False
        found = self._journal.find(str(path), self._identities[path])
        self._done[str(path)] = found[0]
        return found

    def _read_path(self, path: Path, done: int) -> Iterator[Entry | UnreadableEntry]:
        try:
            with path.open("rb") as file:
                self._current = file
                modified = datetime.fromtimestamp(self._identities[path].modified_ns // 10**9, UTC)
                yield from islice(_add_file(read_file(file, path.name, modified), str(path)), done, None)
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror or error}") from error
        finally:
            self._current = None


def _list_files(path: Path) -> Iterator[Path]:
    """Yield a file, or the files of a folder that may have articles."""
    if not path.is_dir():
        yield path
        return
    found = sorted(one for one in path.rglob("*") if one.is_file() and has_articles(one.name) and one.name[0] != ".")
    if not found:
        raise ConfigurationError(f"{path} has no files with articles")
    yield from found


def _identify(path: Path) -> FileIdentity:
    try:
        return FileIdentity.of(path)
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
