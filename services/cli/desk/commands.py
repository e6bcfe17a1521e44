"""Commands that run all of Copydesk on this machine, or try one that runs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from services.cli.kafka.connection import read_kafka
from services.cli.options import ApiKey, BootstrapServers, Files, Url


def demo(files: Files = None) -> None:
    """Run Kafka and the services on this machine, send FILES or samples, and show the enriched events."""
    from services.cli.desk.demo import demo as run

    raise typer.Exit(run(files or [], os.environ))


def up(
    port: Annotated[
        int | None, typer.Option(help="Port of the HTTP ingest. If it is in use, another port is chosen.")
    ] = None,
) -> None:
    """Run Kafka and the services until Ctrl-C, and print their addresses."""
    from services.cli.desk.up import up as run

    raise typer.Exit(run(os.environ, port))


def try_articles(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    bootstrap_servers: BootstrapServers = "127.0.0.1:9092",
    api_key: ApiKey = None,
    patience: Annotated[float, typer.Option(min=1, help="Seconds to wait for the next article to arrive.")] = 120.0,
) -> None:
    """Send FILES or samples to services that already run, and show each event and its routes."""
    from services.cli.desk.try_ import try_articles as run

    raise typer.Exit(
        run(url, read_kafka(os.environ, bootstrap_servers), files or [], api_key=api_key, patience=patience)
    )
