"""A reader of labelled rows in JSON Lines; every error names the line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from services.errors import PermanentError
from services.outcomes import Reason

Row = dict[str, Any]


def read_rows(file: Path) -> Iterator[Row]:
    """Yield the rows of a JSON Lines file, one object a line; the first row is line 1. A file named .gz is unpacked.

    Raises PermanentError naming the first line that is no JSON object. Empty lines at the end of the file are ignored.
    """
    first_blank = 0
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                first_blank = first_blank or number
                continue
            if first_blank:
                raise PermanentError(f"line {first_blank}: the line is empty", reason=Reason.EMPTY)
            yield _parse(number, line)


def check_rows(rows: Iterable[Row], find_problem: Callable[[object], str | None]) -> Iterator[Row]:
    """Yield the rows after checking each. Raises PermanentError naming the line of the first that has a problem."""
    for number, row in enumerate(rows, start=1):
        problem = find_problem(row)
        if problem:
            raise PermanentError(f"line {number}: {problem}")
        yield row


def require_text(row: dict[str, Any], name: str, number: int) -> str:
    """Return a row's text under a name. Raises PermanentError naming the line when there is none."""
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, str):
        raise PermanentError(f"line {number}: the field `{name}` is missing or not a string")
    return value


def _parse(number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PermanentError(f"line {number}: the line is not UTF-8", reason=Reason.NOT_UTF8) from error
    except (ValueError, RecursionError) as error:
        raise PermanentError(f"line {number}: the line is not JSON", reason=Reason.INVALID_JSON) from error
    if not isinstance(row, dict):
        raise PermanentError(f"line {number}: the line is not a JSON object", reason=Reason.INVALID_JSON)
    return row
