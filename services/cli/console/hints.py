"""Next steps at the end of a command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.cli.console.progress import results_console

COMMAND = "copydesk"


def print_next_steps(steps: Mapping[str, str], program: Path) -> None:
    """Print commands to type next, each with what it does. `program` is the file of this command."""
    results_console.print("\nWhat to type next:")
    lines = [*_list_activation(program), *((f"{COMMAND} {arguments}", meaning) for arguments, meaning in steps.items())]
    width = max(len(typed) for typed, _ in lines)
    for typed, meaning in lines:
        results_console.print(f"  {typed:<{width}}  {meaning}", soft_wrap=True)


def _list_activation(program: Path) -> Iterator[tuple[str, str]]:
    """Yield the step after which the shell finds the command, if the shell does not find it by its name now."""
    found = shutil.which(COMMAND)
    activate = program.absolute().with_name("activate")
    if (found is None or Path(found).absolute() != program.absolute()) and activate.is_file():
        here = Path.cwd()
        yield f"source {activate.relative_to(here) if activate.is_relative_to(here) else activate}", "find the command"
