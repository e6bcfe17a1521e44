"""Commands that work on Kafka's topics."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from services.cli.addresses import Addresses
from services.cli.options import BootstrapServers, RulesFile


def topics(
    rules: RulesFile = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; print each difference from the settings, and exit with 1.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Also give existing topics the declared settings, such as the retention.")
    ] = False,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Create the missing topics with their settings, and print the names of all topics.

    COPYDESK_TOPICS__ variables set partitions and retention. Partitions and replicas of existing topics stay.
    """
    from services.cli.kafka.topics import check as find
    from services.cli.kafka.topics import create, list_declared

    if check and apply:
        raise typer.BadParameter("give either --check or --apply")
    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    declared = list_declared(os.environ, rules or addresses.rules)
    if not check and not apply:
        for name in create(addresses.kafka, declared):
            typer.echo(name)
        return
    drift = asyncio.run(find(addresses.kafka, declared, repairs=apply))
    for one in drift:
        typer.echo(str(one))
    raise typer.Exit(1 if drift else 0)


def tail(
    topic: Annotated[str, typer.Argument(help="Name of the topic, such as news.articles.enriched.v1.")],
    bootstrap_servers: BootstrapServers = None,
    from_beginning: Annotated[bool, typer.Option(help="Begin with the oldest record.")] = False,
    limit: Annotated[int | None, typer.Option(help="Stop after this number of records.")] = None,
) -> None:
    """Show a topic's records as they are committed: as panels on a terminal, as JSON Lines in a pipe."""
    from services.cli.kafka.tail import tail as run

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    asyncio.run(run(addresses.kafka, topic, addresses.layout, from_beginning=from_beginning, limit=limit))
