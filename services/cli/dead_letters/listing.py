"""Counts and lines of dead letters: as tables on a terminal, as JSON Lines in a pipe."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table

from services.cli.console.progress import results_console, write_json
from services.cli.dead_letters.letters import Letter
from services.contracts.text.quantities import write_count

MAX_ERROR_CHARACTERS = 120
SHOWN_LETTERS = 20
"""Number of letters that a terminal shows."""


@dataclass(slots=True)
class LetterCount:
    """Letters of one topic with the same stage and reason."""

    letters: int = 0
    replayed: int = 0
    oldest: datetime | None = None
    """The earliest time of an original record."""
    newest: datetime | None = None
    """The latest time of an original record."""

    def add(self, letter: Letter) -> None:
        """Count one letter."""
        self.letters += 1
        self.replayed += letter.is_replayed
        self.oldest = min(self.oldest or letter.time, letter.time)
        self.newest = max(self.newest or letter.time, letter.time)


Counts = Mapping[tuple[str, str, str], LetterCount]
"""Counts by topic, stage and reason."""


async def list_letters(letters: AsyncIterator[Letter], *, limit: int | None, counts_alone: bool) -> None:
    """Print the counts and the last letters on a terminal; in a pipe one line for each letter or for each count.

    `limit` is the number of last letters; without it a terminal shows SHOWN_LETTERS, and a pipe gets all.
    """
    is_terminal = results_console.is_terminal
    counts: dict[tuple[str, str, str], LetterCount] = {}
    last: deque[Letter] = deque(maxlen=SHOWN_LETTERS if limit is None else limit)
    writes_all = limit is None and not is_terminal and not counts_alone
    async for letter in letters:
        counts.setdefault((letter.place.topic, letter.stage, letter.reason), LetterCount()).add(letter)
        last.append(letter)
        if writes_all:
            write_json(describe(letter))
    if is_terminal and not counts:
        results_console.print("no dead letters")
    elif is_terminal:
        results_console.print(build_count_table(counts))
        if last and not counts_alone:
            results_console.print(build_letter_table(last))
    elif counts_alone:
        for line in _describe_counts(counts):
            write_json(line)
    elif not writes_all:
        for letter in last:
            write_json(describe(letter))


def describe(letter: Letter) -> dict[str, object]:
    """Return what is known about a letter, without its bytes."""
    return {
        "id": str(letter.place),
        "stage": letter.stage,
        "reason": letter.reason,
        "source": letter.source,
        "time": letter.time,
        "error": letter.error,
        "bytes": len(letter.record.value or b""),
        "replayed": letter.is_replayed,
    }


def _describe_counts(counts: Counts) -> list[dict[str, object]]:
    return [
        {
            "topic": topic,
            "stage": stage,
            "reason": reason,
            "letters": count.letters,
            "replayed": count.replayed,
            "oldest": count.oldest,
            "newest": count.newest,
        }
        for (topic, stage, reason), count in sorted(counts.items())
    ]


def build_count_table(counts: Counts) -> Table:
    """Return a table of the counts, with their sum in the title."""
    total = sum(count.letters for count in counts.values())
    table = Table(title=write_count(total, "dead letter", "dead letters"), title_justify="left")
    for column in ("topic", "stage", "reason", "letters", "replayed", "oldest", "newest"):
        table.add_column(column, justify="right" if column in ("letters", "replayed") else "left")
    for (topic, stage, reason), count in sorted(counts.items()):
        times = (f"{time:%Y-%m-%d %H:%M}" if time else "" for time in (count.oldest, count.newest))
        table.add_row(topic, stage, reason, str(count.letters), str(count.replayed), *times)
    return table


def build_letter_table(letters: deque[Letter]) -> Table:
    """Return a table of letters, one for each line."""
    table = Table(title="the last of them", title_justify="left")
    for column in ("id", "reason", "time", "bytes", "error"):
        table.add_column(column, justify="right" if column == "bytes" else "left", overflow="fold")
    for letter in letters:
        row = (f"{letter.time:%Y-%m-%d %H:%M:%S}", str(len(letter.record.value or b"")))
        name = f"{letter.place}{' (replayed)' if letter.is_replayed else ''}"
        table.add_row(name, letter.reason, *row, letter.error[:MAX_ERROR_CHARACTERS])
    return table
