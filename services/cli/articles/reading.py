"""Articles from files and standard input, for the commands that read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry, read_entries, read_line

STANDARD_INPUT = Path("-")
SAMPLES = Path(__file__).with_name("samples")
"""Folder of articles that the project wrote, which show what an enriched event looks like."""


def read_articles(paths: Iterable[Path]) -> Iterator[Entry | UnreadableEntry]:
    """Yield every article in the files, in order.

    JSON Lines are read line by line, so that a pipe may be endless. A text or HTML file counts as fetched when it was
    last modified. Raises ConfigurationError for a file that cannot be opened.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            yield from _read(sys.stdin.buffer, "-", None)
            continue
        try:
            with path.open("rb") as file:
                modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
                yield from _read(file, path.name, modified)
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror or error}") from error


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
