"""The names of the user's own list, and the file that they follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.enrichment.linking.name_keys import make_name_key, make_short_keys
from services.enrichment.linking.own_list.rows import OwnRow, read_rows
from services.errors import ConfigurationError

FileState = tuple[int, int, int] | None

Report = Callable[[str], None]
"""Function that gets what is wrong with a changed list, in words."""


@dataclass(frozen=True, slots=True)
class OwnList:
    """The rows of a list by the keys of their names. `conflicts` says which names two rows claim."""

    rows: dict[str, OwnRow]
    conflicts: tuple[str, ...]

    def find(self, names: Sequence[str]) -> OwnRow | None:
        """Return the row that has one of the names, the fullest first; None if there is none."""
        for name in names:
            for key in (make_name_key(name), *make_short_keys(name)):
                if row := self.rows.get(key):
                    return row
        return None


EMPTY: Final = OwnList({}, ())


def build_own_list(rows: Sequence[OwnRow]) -> OwnList:
    """Return a list by the keys of its names. Rows of one id are one entity.

    A name belongs to the row whose main name it is, before a row that has it as an alias; of equal claims, to the first
    row. Each other claim is a conflict.
    """
    found: dict[str, OwnRow] = {}
    conflicts = []
    claims = [(row, row.name) for row in rows] + [(row, alias) for row in rows for alias in row.aliases]
    for row, name in claims:
        owner = found.setdefault(make_name_key(name), row)
        if owner is not row and (owner.id, owner.is_ignored) != (row.id, row.is_ignored):
            conflicts.append(f"line {row.line}: {name!r} is already a name of line {owner.line} and is ignored here")
    for row, name in claims:
        for key in make_short_keys(name):
            found.setdefault(key, row)
    return OwnList(found, tuple(conflicts))


class OwnListFile:
    """A list that follows its file: a changed file is read again. If it is wrong, the earlier list stays."""

    def __init__(self, path: Path, report: Report) -> None:
        """Read the file. Raises ConfigurationError if it is wrong."""
        self._path = path
        self._report = report
        self._state = _find_state(path)
        self._current = self._read()

    def get(self) -> OwnList:
        """Return the list, read again if its file has changed."""
        state = _find_state(self._path)
        if state != self._state:
            self._state = state
            try:
                self._current = self._read()
            except ConfigurationError as error:
                self._report(f"{error}; the earlier list stays in force")
        return self._current

    def _read(self) -> OwnList:
        own = build_own_list(read_rows(self._path))
        for conflict in own.conflicts:
            self._report(f"{self._path}: {conflict}")
        return own


def _find_state(path: Path) -> FileState:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
