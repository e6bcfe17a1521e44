"""Lines of a dump of Wikidata in JSON, packed or not."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final, cast

from services.errors import ConfigurationError

SITELINK: Final = b'"site":'
"""Bytes that each sitelink of an item has once, and nothing else has."""

SUBCLASS: Final = b'"P279"'
"""Bytes of an item that is a class below another one."""

OPENERS: Final[Mapping[str, Callable[[Path, str], object]]] = {".gz": gzip.open, ".bz2": bz2.open}


def read_lines(path: Path, skipped: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the number, from 1, and the JSON of each item of a dump after the first `skipped` lines.

    A dump is one JSON array with an item on each line. Raises ConfigurationError if the file cannot be read to its end.
    """
    opener = OPENERS.get(path.suffix)
    try:
        with cast(IO[bytes], opener(path, "rb") if opener else path.open("rb")) as lines:
            for number, line in enumerate(lines, start=1):
                if number > skipped and len(line := line.rstrip(b",\r\n \t")) > 1:
                    yield number, line
    except (OSError, EOFError) as error:
        raise ConfigurationError(
            f"cannot read {path}: {error}; fetch the dump again, and resume with the same command"
        ) from error


def is_wanted(line: bytes, min_sitelinks: int) -> bool:
    """Return whether an item is worth parsing: it has enough sitelinks, or it is a class."""
    return line.count(SITELINK) >= min_sitelinks or SUBCLASS in line
