"""Output for people: results on standard output, everything else on standard error, progress bars on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic_core import to_json
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.runtime.service.retries import FailedAttempt

results_console = Console(markup=False, highlight=False)
"""Standard output, for results alone, so that they can be piped."""
error_console = Console(stderr=True, markup=False, highlight=False)
"""Standard error. Brackets in a text are printed as they are: `copydesk[all]` is not markup."""


def write_json(value: object) -> None:
    """Write a value to standard output, as one line of JSON."""
    sys.stdout.buffer.write(to_json(value) + b"\n")


def print_status(line: str) -> None:
    """Print one line about the current step, to standard error."""
    error_console.print(line, style="dim", soft_wrap=True)


def print_error(message: str) -> None:
    """Print one line about the error that ends a command, to standard error. A terminal wraps it, a pipe does not."""
    error_console.print(f"error: {message}", style="red", soft_wrap=True)


def print_retry(failed: FailedAttempt) -> None:
    """Print why an attempt failed and when the next one begins, to standard error."""
    print_status(f"{failed.error}; trying again in {failed.wait:.1f} s")


class ProgressBar:
    """A bar that counts articles."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, by: int = 1) -> None:
        """Add to the count."""
        self._progress.advance(self._task, by)


@contextmanager
def show_progress(label: str, total: int | None = None, *, is_shown: bool = True) -> Iterator[ProgressBar]:
    """Show a bar on standard error if that is a terminal. `total` is None if the number of articles is unknown.

    A command that prints panels meanwhile shows no bar, which would be in their way.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=error_console, transient=True, disable=not (is_shown and error_console.is_terminal)
    ) as progress:
        yield ProgressBar(progress, progress.add_task(label, total=total))
