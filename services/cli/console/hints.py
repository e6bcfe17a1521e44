"""Next steps at the end of a command."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from services.cli.console.progress import results_console


def name_command() -> str:
    """Return how this command is typed here: `copydesk`, or its path if the shell would not find it by its name."""
    path = Path(sys.argv[0])
    if path.name != "copydesk":
        return "copydesk"
    found = shutil.which("copydesk")
    if found is not None and Path(found).absolute() == path.absolute():
        return "copydesk"
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)


def print_next_steps(steps: Mapping[str, str]) -> None:
    """Print commands to type next, each with what it does."""
    command = name_command()
    width = max(map(len, steps))
    results_console.print("\nWhat to type next:")
    for arguments, meaning in steps.items():
        results_console.print(f"  {command} {arguments:<{width}}  {meaning}", soft_wrap=True)
