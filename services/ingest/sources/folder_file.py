"""A file of the watched folder: its articles, and the notes by which a restart continues it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import structlog

from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry, read_entries
from services.ingest.files import is_streamed, read_file
from services.ingest.journal import FileIdentity, Journal
from services.outcomes import Outcome

JOURNAL = ".{}.journal"
"""Name of the hidden file that notes how many articles of a file are published."""
REASONS = ".{}.reasons"
"""Name of the hidden file with one line for each rejected article."""

logger = structlog.get_logger()


class FolderFile:
    """Reader of one file of the folder, with hidden files beside it that note how much of it is published.

    The methods block the thread.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.done = 0
        """Number of articles that have an outcome."""
        self.share_before = 0.0
        """Share of the file that was read before this start."""
        self.reasons: list[str] = []
        """One line for each rejected article."""
        self._max_bytes = max_bytes
        self._file: BinaryIO | None = None
        self._entries: Iterator[Entry | UnreadableEntry] = iter(())
        self._journal: Journal | None = None
        self._identity = FileIdentity(0, 0)

    def open(self) -> bool:
        """Open the file where an earlier start ended; return False if it is too large. Raises OSError."""
        stat = self.path.stat()
        can_stream = is_streamed(self.path.name)
        if not can_stream and stat.st_size > self._max_bytes:
            return False
        self._identity = FileIdentity(stat.st_size, stat.st_mtime_ns)
        fetched_at = datetime.fromtimestamp(stat.st_mtime, UTC)
        self._file = self.path.open("rb")
        if can_stream:
            self._entries = read_file(self._file, self.path.name, fetched_at, max_bytes=self._max_bytes)
        else:
            self._entries = read_entries(self._file.read(), self.path.name, fetched_at=fetched_at)
        self._continue()
        return True

    def read(self, count: int) -> list[Entry | UnreadableEntry]:
        """Read the next articles."""
        return list(islice(self._entries, count))

    def note(self, count: int, reasons: list[str], *, is_last: bool) -> None:
        """Note that `count` more articles have outcomes. A file whose articles are published together needs no note.

        Raises OSError.
        """
        self.done += count
        self.reasons += reasons
        if is_last and self._journal is None:
            return
        self._journal = self._journal or Journal(_name_notes(self.path, JOURNAL))
        if reasons:
            with _name_notes(self.path, REASONS).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in reasons)
        self._journal.add(self.path.name, self._identity, self.done, {Outcome.REJECTED: len(self.reasons)})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    @property
    def share_read(self) -> float:
        """Share of the file that is read, 0 to 1."""
        if self._file is None or not self._identity.size:
            return 0.0
        return min(1.0, self._file.tell() / self._identity.size)

    def _continue(self) -> None:
        """Skip the articles that an earlier start has published. A journal that cannot be read is ignored."""
        try:
            journal = Journal(_name_notes(self.path, JOURNAL))
        except ConfigurationError:
            journal = None
        done = journal.find(self.path.name, self._identity)[0] if journal is not None else 0
        if journal is None or not done:
            # There are no notes, or they are about another file of this name.
            remove_notes(self.path)
            return
        self._journal, self.done = journal, done
        if (noted := journal.outcomes[Outcome.REJECTED]) > 0:
            lines = _name_notes(self.path, REASONS).read_text(encoding="utf-8").splitlines()
            self.reasons = lines[:noted]
        for _ in islice(self._entries, done):
            pass
        self.share_before = self.share_read
        logger.info("file_continued", file=self.path.name, articles=done)


def remove_notes(path: Path) -> None:
    """Remove the notes about a file."""
    for name in (JOURNAL, REASONS):
        _name_notes(path, name).unlink(missing_ok=True)


def _name_notes(path: Path, name: str) -> Path:
    return path.with_name(name.format(path.name))
