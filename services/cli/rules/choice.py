"""Choice of the routing rules that a command checks: what is given, else the desk that runs here, else the example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from services.cli.addresses import Addresses
from services.cli.console.progress import print_status
from services.sink.rules import EXAMPLE_RULES


def choose_rules(given: Path | None, environ: Mapping[str, str], report: Callable[[str], None] = print_status) -> Path:
    """Return the rules file, and report which one it is and why."""
    if given is not None:
        report(f"rules: {given}")
        return given
    used = Addresses(environ, report=report).rules
    origin = "of the desk that runs here" if used is not None else "the example"
    chosen = used or EXAMPLE_RULES
    report(f"rules: {chosen} ({origin}; --rules FILE checks others)")
    return chosen
