"""Reader of files and pipes: raw text, HTML, JSON (one object or an array) or JSON Lines become entries.

Pure functions from bytes and a name to entries. The sources of ingest and the commands use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from pathlib import PurePath
from typing import Literal

from pydantic_core import from_json

from services.contracts.decoding import explain_json_error, strip_byte_order_mark
from services.errors import PermanentError
from services.ingest.encodings import decode, decode_wide, report_replacements
from services.ingest.unknown_fields import read_fields
from services.outcomes import Reason

Format = Literal["text", "html", "json", "jsonl"]

JSON_SPACES = b" \t\r\n"
"""Whitespace of JSON (RFC 8259)."""
NOT_TEXT = (
    "the bytes are text in no encoding; plain text, HTML, JSON and JSON Lines are accepted, "
    "other formats such as PDF or Word are not"
)
SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as its source has it: fields with the names of `RawArticle`'s fields, not yet validated."""

    fields: dict[str, object]
    position: int = 1
    """Number of the line in JSON Lines or of the item in a JSON array, from 1."""
    document: Mapping[str, object] | None = dataclass_field(default=None, compare=False, repr=False)
    """The JSON object as it was given; None for a text or a page."""


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """Part of a file that is not an entry, with the reason."""

    reason: Reason
    message: str
    position: int = 1
    field: str | None = None
    """Name of the wrong field, if one field is wrong."""
    document: Mapping[str, object] | None = dataclass_field(default=None, compare=False, repr=False)
    """The JSON object as it was given, if it is one."""


def read_entries(
    content: bytes, name: str = "-", *, fetched_at: datetime | None = None
) -> Iterator[Entry | UnreadableEntry]:
    """Read the entries of a file. The suffix of the name decides the format, or the content if it is unknown.

    `fetched_at`, such as the modification time of the file, is set on raw text and HTML, which have no field for it.
    """
    content = decode_wide(content)
    file_format = SUFFIXES.get(PurePath(name).suffix.lower()) or guess_format(content)
    if not content.strip():
        yield UnreadableEntry(Reason.EMPTY, "there is no text")
    elif file_format == "jsonl":
        yield from read_json_lines(content)
    elif file_format == "json":
        yield from _read_json(content)
    else:
        yield _read_document(content, file_format, fetched_at)


def guess_format(content: bytes) -> Format:
    """Guess the format of content that has no name."""
    start = strip_byte_order_mark(content).lstrip()[:64].lower()
    if start.startswith(b"{"):
        return "jsonl"
    if re.match(rb"\[\s*\{", start):
        return "json"
    if start.startswith(
        (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"<!--", b"<article", b"<div", b"<p>")
    ):
        return "html"
    return "text"


def read_json_lines(content: bytes) -> Iterator[Entry | UnreadableEntry]:
    """Read one entry from each line, and skip blank lines. A JSON document over several lines is read as well."""
    lines = strip_byte_order_mark(content).splitlines() if b"\r" in content else content.split(b"\n")
    first = next((line for line in lines if line.strip()), b"")
    if not first.rstrip().endswith(b"}") and not isinstance(_parse(content, 1), UnreadableEntry):
        yield from _read_json(content)
        return
    for position, line in enumerate(lines, start=1):
        if line.strip():
            yield read_line(line, position)


def read_line(line: bytes, position: int = 1) -> Entry | UnreadableEntry:
    """Read the entry on one line of JSON Lines."""
    parsed = _parse(line.rstrip(JSON_SPACES), position)
    if isinstance(parsed, UnreadableEntry):
        # The parser counts lines within this one, and the position has the line of the file already.
        return replace(parsed, message=parsed.message.replace(" at line 1 column ", " at column "))
    return _build_entry(parsed, position)


def _read_json(content: bytes) -> Iterator[Entry | UnreadableEntry]:
    parsed = _parse(content, 1)
    if isinstance(parsed, UnreadableEntry):
        # Many files named .json contain JSON Lines.
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.strip().startswith(b"{") and line.strip().endswith(b"}") for line in lines[:2]):
            yield from read_json_lines(content)
        else:
            yield parsed
    elif isinstance(parsed, list):
        for position, item in enumerate(parsed, start=1):
            yield _build_entry(item, position)
    else:
        yield _build_entry(parsed, 1)


def _build_entry(parsed: object, position: int) -> Entry | UnreadableEntry:
    if not isinstance(parsed, dict):
        return UnreadableEntry(Reason.INVALID_ARTICLE, "must be a JSON object", position)
    try:
        return Entry(read_fields(parsed), position, document=parsed)
    except PermanentError as error:
        return UnreadableEntry(error.reason, str(error), position, error.field, document=parsed)


def _parse(content: bytes, position: int) -> object:
    try:
        return from_json(strip_byte_order_mark(content), allow_inf_nan=False)
    except ValueError as error:
        return UnreadableEntry(*explain_json_error(content, error), position)


def _read_document(content: bytes, file_format: Format, fetched_at: datetime | None) -> Entry | UnreadableEntry:
    decoded = decode(content, form="page" if file_format == "html" else "text")
    if decoded.is_binary:
        return UnreadableEntry(Reason.NOT_UTF8, NOT_TEXT)
    replacements = report_replacements(decoded)
    fields: dict[str, object] = {
        "content": decoded.text,
        "content_type": "text/html" if file_format == "html" else "text/plain",
    }
    if fetched_at is not None:
        fields["fetched_at"] = fetched_at.isoformat()
    if replacements:
        fields["metadata"] = replacements
    return Entry(fields)
