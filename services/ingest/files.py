"""Reader of files with articles: WARC, gzip and JSON Lines are read piece by piece, all other files as a whole."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from services.ingest.entries import SUFFIXES, Entry, UnreadableEntry, read_entries, read_line
from services.ingest.warc import read_warc
from services.outcomes import Reason

GZIP = ".gz"
WARC = ".warc"
MAX_DOCUMENT_BYTES = 268_435_456
"""Largest document, or line of JSON Lines, that is held in memory."""


def has_articles(name: str) -> bool:
    """Return whether the suffix of a file's name is one that is read."""
    path = PurePath(name.lower())
    inner = PurePath(path.stem) if path.suffix == GZIP else path
    return inner.suffix == WARC or inner.suffix in SUFFIXES


def is_streamed(name: str) -> bool:
    """Return whether a file is read piece by piece, so that its size does not matter."""
    path = PurePath(name.lower())
    return path.suffix in (GZIP, WARC)


def read_file(
    file: BinaryIO, name: str, fetched_at: datetime | None, *, max_bytes: int = MAX_DOCUMENT_BYTES
) -> Iterator[Entry | UnreadableEntry]:
    """Yield the articles of an open file.

    A file whose first line is a JSON object is JSON Lines. For any other file, the suffix of the name decides the
    format, or the content if the suffix is unknown.

    `fetched_at` is set on raw text and HTML, which have no field for it. A document or a line that unpacks to more than
    `max_bytes`, and a compressed file that is cut or damaged, give an unreadable entry.
    """
    path = PurePath(name.lower())
    if path.suffix == WARC or path.name.endswith(WARC + GZIP):
        yield from read_warc(file)
    elif path.suffix == GZIP:
        unpacked = io.BufferedReader(gzip.GzipFile(fileobj=file))
        yield from _read_unpacked(unpacked, path.stem, fetched_at, max_bytes)
    else:
        yield from _read_text(file, name, fetched_at, max_bytes)


def _read_unpacked(
    file: BinaryIO, name: str, fetched_at: datetime | None, max_bytes: int
) -> Iterator[Entry | UnreadableEntry]:
    position = 0
    try:
        for entry in _read_text(file, name, fetched_at, max_bytes):
            position = entry.position
            yield entry
    except (OSError, EOFError, zlib.error) as error:
        message = f"the compressed file is cut or damaged ({error}), and so its rest is not read"
        yield UnreadableEntry(Reason.INVALID_ARTICLE, message, position + 1)


def _read_text(
    file: BinaryIO, name: str, fetched_at: datetime | None, max_bytes: int
) -> Iterator[Entry | UnreadableEntry]:
    first = file.readline(max_bytes + 1)
    if _is_json_line(first):
        yield from _read_lines(first, file, max_bytes)
        return
    content = first + file.read(max(0, max_bytes + 1 - len(first)))
    if len(content) > max_bytes:
        yield UnreadableEntry(Reason.TOO_LARGE, f"the file has more than {max_bytes} bytes")
        return
    yield from read_entries(content, name, fetched_at=fetched_at)


def _read_lines(first: bytes, file: BinaryIO, max_bytes: int) -> Iterator[Entry | UnreadableEntry]:
    line, position = first, 0
    while line:
        position += 1
        if len(line) > max_bytes:
            yield UnreadableEntry(Reason.TOO_LARGE, f"the line has more than {max_bytes} bytes", position)
            while line and not line.endswith(b"\n"):
                line = file.readline(max_bytes)
        elif line.strip():
            yield read_line(line, position)
        line = file.readline(max_bytes + 1)


def _is_json_line(line: bytes) -> bool:
    stripped = line.strip()
    return stripped.startswith(b"{") and stripped.endswith(b"}")
