"""Labelled rows in JSON Lines, and the parts of two sets that are held back from training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

Row = dict[str, Any]

WORLDWIDE_HELD_BACK: Final = 15
"""Per cent of the articles of `worldwide` that are held back: about 80, enough for a margin of one point of F1."""

NEWSMTSC_HELD_BACK: Final = 10
"""Per cent of the sentences of NewsMTSC that are held back."""

Split = Literal["worldwide", "newsmtsc"]
"""Set of which a part is held back."""


def read_rows(path: Path) -> list[Row]:
    """Read one JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write one JSON Lines file and return the number of its rows."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def is_held_back(split: Split, row: Row) -> bool:
    """Tell whether a row of `split` is held back, by its article (worldwide) or its sentence (newsmtsc).

    The result depends on the row alone, so that no article and no sentence is ever on both sides.
    """
    if split == "worldwide":
        return hash_to_percent(f"worldwide\n{row['article']}") < WORLDWIDE_HELD_BACK
    return hash_to_percent(f"newsmtsc\n{row['sentence']}") < NEWSMTSC_HELD_BACK


def find_split_file(data: Path, split: Split) -> Path:
    """Return the path of the file that `split` divides."""
    return data / {"worldwide": "ner/worldwide.jsonl", "newsmtsc": "sentiment/newsmtsc-train.jsonl"}[split]


def read_split(data: Path, split: Split, *, held_back: bool) -> Iterator[Row]:
    """Yield the rows of one side of `split`, in the file's order."""
    for row in read_rows(find_split_file(data, split)):
        if is_held_back(split, row) == held_back:
            yield row


def hash_to_percent(key: str) -> int:
    """Return a number from 0 to 99 that depends on `key` alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 100


def fold_spaces(text: str) -> str:
    """Return a text in lower case, with one space between its words, to find equal texts."""
    return " ".join(text.lower().split())
