"""Labelled rows from JSON Lines, and the splits that training never sees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

WORLDWIDE_HELD_BACK: Final = 15
"""Per cent of worldwide's articles held back: about 80 articles, enough for a margin of a point of F1."""

NEWSMTSC_HELD_BACK: Final = 10
"""Per cent of NewsMTSC's sentences held back."""

SPLITS: Final = ("worldwide", "newsmtsc")


def read_rows(path: Path) -> list[Row]:
    """Read one JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write one JSON Lines file and return how many rows it got."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def is_held_back(split: str, row: Row) -> bool:
    """Tell whether a row of `split` is held back: by its article (worldwide) or sentence (newsmtsc).

    A pure function of the row, so that no article and no sentence is ever on both sides.
    """
    if split == "worldwide":
        return percentile(f"worldwide\n{row['article']}") < WORLDWIDE_HELD_BACK
    return percentile(f"newsmtsc\n{row['sentence']}") < NEWSMTSC_HELD_BACK


def split_path(data: Path, split: str) -> Path:
    """Where the file that `split` divides lies under the data folder."""
    return data / {"worldwide": "ner/worldwide.jsonl", "newsmtsc": "sentiment/newsmtsc-train.jsonl"}[split]


def read_split(data: Path, split: str, *, held_back: bool) -> Iterator[Row]:
    """Yield the rows of one side of `split`, in the file's order."""
    for row in read_rows(split_path(data, split)):
        if is_held_back(split, row) == held_back:
            yield row


def percentile(key: str) -> int:
    """Return a number from 0 to 99 that depends on `key` alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 100
