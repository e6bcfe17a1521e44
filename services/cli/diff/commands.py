"""The command `copydesk diff`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from services.cli.addresses import Addresses
from services.cli.console.progress import results_console
from services.cli.options import BootstrapServers
from services.errors import ConfigurationError


def diff(
    before: Annotated[str, typer.Argument(help="File of events, one a line (also .gz), or name of a topic.")],
    after: Annotated[
        str | None,
        typer.Argument(help="The same; if absent, the first and last event of each article in BEFORE are compared."),
    ] = None,
    *,
    examples: Annotated[int, typer.Option(min=0, help="Number of examples of each kind of difference.")] = 5,
    report: Annotated[Path | None, typer.Option(help="File to write the whole report to, as JSON.")] = None,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Compare enriched events by article: names, types, sentiment, verdict, language and all other parts.

    On a terminal tables are printed, in a pipe JSON. The exit code is 1 if there is a difference. The last event of an
    article counts.
    """
    from services.cli.diff.comparison import compare_all
    from services.cli.diff.reading import read_events
    from services.cli.diff.showing import build_tables, describe

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    kafka, layout = addresses.kafka, addresses.layout
    old = asyncio.run(read_events(before, kafka, layout))
    new = old if after is None else asyncio.run(read_events(after, kafka, layout))
    found = compare_all(old.first if after is None else old.last, new.last, examples=examples)
    encoded = to_json(describe(found), indent=2) + b"\n"
    if report is not None:
        try:
            report.write_bytes(encoded)
        except OSError as error:
            raise ConfigurationError(f"cannot write {report}: {error.strerror}") from error
    if not results_console.is_terminal:
        sys.stdout.buffer.write(encoded)
    else:
        for part in build_tables(found):
            results_console.print(part)
    raise typer.Exit(1 if found.has_differences else 0)
