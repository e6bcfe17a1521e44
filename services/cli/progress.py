"""Progress for people: on a terminal a bar, in a pipe nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.runtime.service.retries import FailedAttempt

results = Console(markup=False)
errors = Console(stderr=True, markup=False)
"""Everything but results goes to standard error, so that results can be piped. Brackets are no markup."""


def tell(line: str) -> None:
    """One line of what is going on, to standard error."""
    errors.print(line, style="dim", highlight=False)


def show_retry(failed: FailedAttempt) -> None:
    """Print why an attempt failed and when the next one begins, to standard error."""
    tell(f"{failed.error}; trying again in {failed.wait:.1f} s")


class Counter:
    """Counts on a bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, by: int = 1) -> None:
        """Move on."""
        self._progress.advance(self._task, by)


@contextmanager
def show_progress(label: str, total: int | None = None) -> Iterator[Counter]:
    """A bar on standard error while it is a terminal; `total` None when the end is unknown."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        yield Counter(progress, progress.add_task(label, total=total))
