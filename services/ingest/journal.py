"""Journal of the files that are being sent: the number of articles of each that have an outcome, to continue from.

A line is added when the outcomes are known. A kill before the line is written repeats the articles of one request at
most, under the same ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from services.errors import ConfigurationError


class FileIdentity(NamedTuple):
    """Size and modification time of a file, by which a replaced file is noticed."""

    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """Return the identity of a file. Raises OSError."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns)


class JournalLine(BaseModel):
    """The state of one file after some of its articles have outcomes."""

    model_config = ConfigDict(frozen=True)

    file: str
    size: int
    modified_ns: int
    done: NonNegativeInt
    """Number of articles with an outcome, from the beginning of the file."""
    is_complete: bool = False
    """True if all articles of the file have outcomes."""
    outcomes: dict[str, int] = {}
    """Number of articles of all files by outcome, since the first start."""


class Journal:
    """A journal in a file, to which lines are only added."""

    def __init__(self, path: Path) -> None:
        """Read the journal, if the file exists. Raises ConfigurationError if it is another file."""
        self.path = path
        self._files: dict[str, JournalLine] = {}
        self.outcomes: Counter[str] = Counter()
        try:
            content = path.read_bytes() if path.exists() else b""
            whole, _, rest = content.rpartition(b"\n")
            for line in whole.splitlines():
                self._note(JournalLine.model_validate_json(line))
            if rest:
                # A kill cut the last line.
                path.write_bytes(whole + b"\n" if whole else b"")
        except (OSError, ValidationError) as error:
            raise ConfigurationError(f"{path} is not a journal of sent articles: {error}") from error

    def find(self, file: str, identity: FileIdentity) -> tuple[int, bool]:
        """Return how many articles of a file are done, and whether all are: 0 for a new or changed file."""
        line = self._files.get(file)
        if line is None or (line.size, line.modified_ns) != identity:
            return 0, False
        return line.done, line.is_complete

    def add(
        self, file: str, identity: FileIdentity, done: int, outcomes: Mapping[str, int], *, is_complete: bool = False
    ) -> None:
        """Add the state of a file and the outcomes so far. Raises OSError if it cannot be written."""
        line = JournalLine(
            file=file,
            size=identity.size,
            modified_ns=identity.modified_ns,
            done=done,
            is_complete=is_complete,
            outcomes=dict(outcomes),
        )
        with self.path.open("ab") as journal:
            journal.write(line.model_dump_json().encode() + b"\n")
        self._note(line)

    def _note(self, line: JournalLine) -> None:
        self._files[line.file] = line
        self.outcomes = Counter(line.outcomes)
