"""Sixty invented events, each told six times, in pairs that are easily confused.

An event has a first take, an update, a correction, a report of another publisher, a summary of what is known, and a
follow-up two days later.

The file `events.txt` was written before stories were tuned, and tests score stories on it. Its lines:

    = id | kind | day and hour of the first take
    # headline, followed by the text: of the first take, of another publisher, of the follow-up
    + a sentence that the update adds
    ~ words of the first take -> what the correction makes of them
    ? a sentence of the summary
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("events.txt")
START = datetime(2026, 3, 2, tzinfo=UTC)
FIRST, SECOND, THIRD = "northwire.example", "the-courier.example", "daybook.example"


def read_events() -> list[dict[str, Any]]:
    """Return the rows of all events in the order of their times, in the form that `copydesk evaluate stories` reads."""
    rows = [row for block in FILE.read_text(encoding="utf-8").split("\n= ") for row in _read_event(block)]
    return sorted(rows, key=lambda row: (row["at"], row["id"]))


def _read_event(block: str) -> Iterator[dict[str, Any]]:
    lines = block.removeprefix("= ").strip().splitlines()
    event, _, moment = (part.strip() for part in lines[0].split("|"))
    day, hour = map(int, moment.split())
    first, second, follow_up = [(headline[2:], text) for headline, text in pairwise(lines) if headline.startswith("# ")]
    more, change, known = (next(line[2:] for line in lines if line[0] == mark) for mark in "+~?")
    old, new = change.split(" -> ")
    updated = f"{first[1]}\n\n{more}"
    summary = f"{known} {second[1].split('. ')[0]}. {first[1].split('. ')[0]}."
    told = [
        (0, FIRST, *first),
        (2, FIRST, first[0], updated),
        (3, FIRST, first[0].replace(old, new), updated.replace(old, new)),
        (4, SECOND, *second),
        (10, THIRD, f"What we know: {second[0]}", summary),
        (48, SECOND, *follow_up),
    ]
    for number, (later, source, headline, text) in enumerate(told):
        at = START + timedelta(days=day, hours=hour + later)
        yield {
            "id": f"{event}-{number}",
            "event": event,
            "headline": headline,
            "text": text,
            "source": source,
            "at": at.isoformat(),
        }
