"""Reader of the user's own list: CSV with a header, or JSON Lines. Each problem has its line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from services.contracts.text.problem_words import describe_undecodable
from services.enrichment.encoder import EntityType
from services.errors import ConfigurationError

MAX_ROWS: Final = 250_000
"""Maximum number of rows. A longer list belongs in a knowledge base of its own."""

MAX_BYTES: Final = 64_000_000
"""Maximum size of the file in bytes."""

MIN_NAME: Final = 2
"""Minimum number of characters of a name: a single letter would name anything."""

SHOWN_PROBLEMS: Final = 10
"""Maximum number of problems that an error names."""

FIELDS: Final = ("id", "name", "aliases", "type", "ignore")

TRUE: Final = frozenset({"1", "true", "yes", "x"})
FALSE: Final = frozenset({"", "0", "false", "no"})
"""Values of `ignore` in CSV, in lower case."""

_SEPARATOR = re.compile("[|;]")


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row of the list: an entity of the user, or a name that is never an entity (`is_ignored`)."""

    line: int
    id: str
    name: str
    aliases: tuple[str, ...]
    type: EntityType | None
    is_ignored: bool


def read_rows(path: Path) -> list[OwnRow]:
    """Read a list. Raises ConfigurationError that names the file and the lines of the first wrong rows."""
    text = _read_text(path)
    parsed = _parse_json(text) if path.suffix in (".jsonl", ".ndjson", ".json") else _parse_csv(text, path)
    rows, problems = list[OwnRow](), list[str]()
    for line, fields in parsed:
        try:
            rows.append(_build_row(line, fields))
        except ValueError as error:
            problems.append(f"{path}:{line}: {error}")
        if len(rows) > MAX_ROWS:
            raise ConfigurationError(
                f"{path} has more than {MAX_ROWS:,} rows; build a knowledge base from a list of this size"
            )
    if problems:
        more = f"; {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
        raise ConfigurationError("; ".join(problems[:SHOWN_PROBLEMS]) + more)
    return rows


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError(f"{path} has more than {MAX_BYTES:,} bytes; an own list may have no more")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}:{describe_undecodable(error)}") from error


def _parse_csv(text: str, path: Path) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    if "name" not in header:
        raise ConfigurationError(f"{path}:1: the header has no column name; the columns are: {', '.join(FIELDS)}")
    reader.fieldnames = header
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ConfigurationError(f"{path}:{reader.line_num}: {error}") from error


def _parse_json(text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _build_row(line: int, fields: object) -> OwnRow:
    """Build a row from its fields. Raises ValueError that says what is wrong."""
    if not isinstance(fields, Mapping):
        raise ValueError("the line is not a JSON object")
    unknown = [str(name) for name in fields if name not in FIELDS]
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}; the fields are: {', '.join(FIELDS)}")
    name, own_id = (_read_word(fields, key) for key in ("name", "id"))
    aliases = _read_aliases(fields.get("aliases"))
    kind = _read_word(fields, "type").upper()
    is_ignored = _read_flag(fields.get("ignore"))
    for each in (name, *aliases):
        if sum(map(str.isalnum, each)) < MIN_NAME:
            raise ValueError(f"the name {each!r} has fewer than {MIN_NAME} letters")
    if kind and kind not in get_args(EntityType):
        raise ValueError(f"the type {kind!r} is not one of: {', '.join(get_args(EntityType))}")
    if not own_id and not is_ignored and not kind:
        raise ValueError("the row has no id; only a row with ignore or a type needs none")
    return OwnRow(line, own_id, name, aliases, kind or None, is_ignored)  # type: ignore[arg-type]


def _read_word(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"the field {key} is not a text")
    return " ".join(str(value).split())


def _read_aliases(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _SEPARATOR.split(value)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("the field aliases is not a list of texts")
    return tuple(dict.fromkeys(" ".join(each.split()) for each in value if each.strip()))


def _read_flag(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in TRUE | FALSE:
        return value.strip().lower() in TRUE
    raise ValueError(f"the field ignore is {value!r}; write true or false")
