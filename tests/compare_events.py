"""Comparison of two files of enriched events, to show that a change of the code changes no event.

    copydesk enrich articles.jsonl > old.jsonl        (before the change)
    copydesk enrich articles.jsonl > new.jsonl        (after it)
    python -m tests.compare_events old.jsonl new.jsonl

Events are compared line by line, byte by byte in their canonical JSON, without the fields that depend on the version or
on the clock: `enrichment.pipeline`, `article.ingested_at`, and a `published_at` that was taken from `ingested_at`.
Dates without a year are resolved against the day of the run, so make both files on one day.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice, zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

MASK = "(not compared)"

SHOWN_LINES = 40
"""Lines of difference printed for one article: enough to see which part changed."""


def main(
    old: Annotated[Path, typer.Argument(help="Events of the code before the change, one a line.")],
    new: Annotated[Path, typer.Argument(help="Events of the code after the change, one a line.")],
    first: Annotated[int | None, typer.Option(help="Compare only so many lines, from the first.")] = None,
) -> None:
    """Print the differences between two files of events, article by article; exit with 1 when there is one."""
    compared = differing = 0
    pairs = zip_longest(old.open(encoding="utf-8"), new.open(encoding="utf-8"))
    for number, (before, after) in enumerate(islice(pairs, first), start=1):
        compared += 1
        differences = list(islice(compare(before, after), SHOWN_LINES))
        if differences:
            differing += 1
            print(f"line {number}:", *differences, sep="\n")
    print(f"{compared} events compared, {differing} differ")
    if differing or not compared:
        sys.exit(1)


def compare(before: str | None, after: str | None) -> Iterator[str]:
    """Yield the lines of a unified diff of two events; none when they are equal. None stands for a missing event."""
    old, new = (mask(json.loads(line)) if line else None for line in (before, after))
    if json.dumps(old) == json.dumps(new):
        return
    before_lines, after_lines = (json.dumps(event, indent=1).splitlines() for event in (old, new))
    yield from unified_diff(before_lines, after_lines, "old", "new", n=1, lineterm="")


def mask(event: dict[str, Any]) -> dict[str, Any]:
    """Replace the values that depend on the version or on the clock; the order of the fields stays."""
    event["enrichment"]["pipeline"] = MASK
    article = event["article"]
    article["ingested_at"] = MASK
    for name in ("published_at", "modified_at"):
        time = article[name]
        if time and time["basis"] == "fetched" and article["fetched_at"] is None:
            time["value"] = MASK
    return event


if __name__ == "__main__":
    typer.run(main)
