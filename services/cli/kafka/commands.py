"""Commands that work on Kafka's topics."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.addresses import Addresses
from services.cli.options import BootstrapServers
from services.runtime.service.settings import name_variable


def topics(
    rules: Annotated[
        Path | None,
        typer.Option(
            envvar=name_variable("sink", "rules"),
            help="Routing rules with your routes; if absent, those of the desk that runs here, or the example.",
        ),
    ] = None,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Create the missing topics with their settings, and print the names of all topics."""
    from services.cli.kafka.topics import create as run

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    for name in run(addresses.kafka, rules or addresses.rules):
        typer.echo(name)


def tail(
    topic: Annotated[str, typer.Argument(help="Name of the topic, such as news.articles.enriched.v1.")],
    bootstrap_servers: BootstrapServers = None,
    from_beginning: Annotated[bool, typer.Option(help="Begin with the oldest record.")] = False,
    limit: Annotated[int | None, typer.Option(help="Stop after this number of records.")] = None,
) -> None:
    """Show a topic's records as they are committed: as panels on a terminal, as JSON Lines in a pipe."""
    from services.cli.kafka.tail import tail as run

    kafka = Addresses(os.environ, bootstrap_servers=bootstrap_servers).kafka
    asyncio.run(run(kafka, topic, from_beginning=from_beginning, limit=limit))
