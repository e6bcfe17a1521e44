"""Changes of a desk's routing rules, read from the log of its services."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

MARK = b'"rules_re'
"""Bytes that a line about changed rules has; other lines are not parsed."""


class RulesChanges:
    """Reader of what sink logged about changed rules since the last reading."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._position = 0
        self._last = ""

    def read(self) -> Iterator[str]:
        """Yield a text for each change, with one line for each error. A rejection that sink repeats is one text."""
        for written in self._read_lines():
            words = _describe(written) if MARK in written else ""
            if words and words != self._last:
                yield words
            self._last = words or self._last

    def _read_lines(self) -> Iterator[bytes]:
        """Yield the whole lines that are new; a line without an end is read again when it has one."""
        try:
            with self._log.open("rb") as file:
                file.seek(self._position)
                for line in file:
                    if not line.endswith(b"\n"):
                        return
                    self._position += len(line)
                    yield line
        except FileNotFoundError:
            return


def _describe(line: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(entry, dict):
        return ""
    if entry.get("event") == "rules_rejected":
        errors = "".join(f"\n  {line}" for line in str(entry.get("error")).splitlines())
        return f"rules rejected; the earlier rules, version {entry.get('rules')}, stay in force:{errors}"
    if entry.get("event") == "rules_reloaded":
        return f"rules taken from {entry.get('file')}: version {entry.get('rules')}{_describe_routes(entry)}"
    return ""


def _describe_routes(entry: Mapping[str, object]) -> str:
    changes = [(label, entry.get(name)) for label, name in (("new", "added"), ("gone", "removed"))]
    return "".join(
        f"; {label} routes: {', '.join(map(str, routes))}"
        for label, routes in changes
        if isinstance(routes, list) and routes
    )
