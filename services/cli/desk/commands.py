"""Commands that run all of Copydesk on this machine, or try one that runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.addresses import Addresses
from services.cli.options import ApiKey, BootstrapServers, Files, Url
from services.runtime.service.settings import name_variable


def demo(
    files: Files = None,
    *,
    stories: Annotated[
        bool, typer.Option("--stories", help="Send invented events instead, and show the stories that form.")
    ] = False,
) -> None:
    """Run Kafka and the services on this machine, send FILES or samples, and show the enriched events."""
    if stories:
        from services.cli.desk.story_demo import demo_stories
        from services.cli.stories.invented.events import read_events

        if files:
            raise typer.BadParameter("--stories sends events of its own, and files are given")
        raise typer.Exit(demo_stories(os.environ, read_events()))
    from services.cli.desk.demo import demo as run

    raise typer.Exit(run(files or [], os.environ))


def up(
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            envvar=name_variable("ingest", "port"),
            help="Port of the HTTP ingest; 0 is any free port. If absent, 8080, or a free port if 8080 is in use.",
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            envvar=name_variable("sink", "rules"),
            help="Routing rules; the example if absent. A changed file is read again.",
        ),
    ] = None,
) -> None:
    """Run Kafka and the services until Ctrl-C, and print their addresses, which other commands here then find."""
    from services.cli.desk.up import up as run

    given = {} if rules is None else {name_variable("sink", "rules"): str(rules)}
    raise typer.Exit(run({**os.environ, **given}, port))


def try_articles(
    files: Files = None,
    url: Url = None,
    bootstrap_servers: BootstrapServers = None,
    api_key: ApiKey = None,
    patience: Annotated[float, typer.Option(min=1, help="Seconds to wait for the next article to arrive.")] = 120.0,
) -> None:
    """Send FILES or samples to services that already run, and show each event and its routes."""
    from services.cli.desk.try_ import try_articles as run

    addresses = Addresses(os.environ, url=url, bootstrap_servers=bootstrap_servers)
    raise typer.Exit(run(addresses, files or [], api_key=api_key, patience=patience))
