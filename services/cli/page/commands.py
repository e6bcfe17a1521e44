"""The command that serves the page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.addresses import PAGE_PORT, Addresses
from services.cli.options import BootstrapServers
from services.runtime.service.settings import name_variable


def page(
    bootstrap_servers: BootstrapServers = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help=f"Port on loopback; {PAGE_PORT} or another free one if absent."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            envvar=name_variable("sink", "rules"),
            help="Routing rules, to show why an event takes a route; if absent, those of the desk that runs here.",
        ),
    ] = None,
) -> None:
    """Show the stream of events in a browser, and everything about one event. The page changes nothing in Kafka."""
    from services.cli.page.serve import serve_page as run

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    raise typer.Exit(run(os.environ, addresses.kafka, port=port, rules=rules or addresses.rules))
