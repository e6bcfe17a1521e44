"""`copydesk`: every command, its options and its exit code."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic_core import to_json

from services import __version__
from services.cli.kafka import read_kafka
from services.cli.progress import errors, show_progress
from services.errors import ConfigurationError, CopydeskError
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED
from services.runtime.service.settings import name_variable

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Files = Annotated[list[Path] | None, typer.Argument(help="Text, HTML, JSON or JSON Lines; - is standard input.")]
Weights = Annotated[Path | None, typer.Option(help="Folder of weights of your own.")]
# `Profile`, written out: this module is also loaded where the enrichment is not installed.
EncoderProfile = Annotated[
    Literal["accurate", "fast"],
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "profile"), help="accurate, or fast: more articles a core."
    ),
]
Url = Annotated[str, typer.Option(envvar=name_variable("client", "url"), help="Base URL of the ingest API.")]
ApiKey = Annotated[
    str | None, typer.Option(envvar=name_variable("client", "api_key"), help="Where the API asks for one.")
]
Servers = Annotated[
    str,
    typer.Option(
        envvar=name_variable("kafka", "bootstrap_servers"),
        help="Kafka, host:port; TLS and SASL by COPYDESK_KAFKA__ variables.",
    ),
]


@app.command()
def demo(files: Files = None) -> None:
    """Run the whole path on this machine: Kafka, the services, articles in, enriched events on the screen."""
    from services.cli.demo import demo as run

    raise typer.Exit(run(files or [], os.environ))


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the HTTP ingest; a free one when it is taken.")] = None,
) -> None:
    """Run Kafka and the services until Ctrl-C, and print their addresses."""
    from services.cli.up import up as run

    raise typer.Exit(run(os.environ, port))


@app.command()
def enrich(
    files: Files = None,
    weights: Weights = None,
    profile: EncoderProfile = "accurate",
) -> None:
    """Enrich articles without Kafka: one event a line."""
    from services.cli.articles import read_articles
    from services.cli.enrich import enrich as run
    from services.enrichment.options import EnrichmentOptions

    raise typer.Exit(
        run(
            read_articles(files or [Path("-")]),
            EnrichmentOptions(weights=str(weights) if weights else None, profile=profile),
        )
    )


@app.command()
def send(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    rate: Annotated[float | None, typer.Option(min=0.01, help="Articles a second; as fast as it goes without.")] = None,
    api_key: ApiKey = None,
) -> None:
    """Post articles to the ingest API; tells how many came to which outcome."""
    from services.cli.articles import read_articles
    from services.cli.send import send as run

    with show_progress("sending") as bar:
        report = asyncio.run(
            run(url, read_articles(files or [Path("-")]), api_key=api_key, rate=rate, on_progress=bar.advance)
        )
    for line in report.errors:
        errors.print(line, style="red", highlight=False)
    sys.stdout.buffer.write(to_json(report.outcomes) + b"\n")
    raise typer.Exit(1 if report.errors else 0)


@app.command("try")
def attempt(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    bootstrap_servers: Servers = "127.0.0.1:9092",
    api_key: ApiKey = None,
    patience: Annotated[float, typer.Option(min=1, help="Seconds without progress until it gives up.")] = 120.0,
) -> None:
    """Send the sample articles (or FILES) to a desk that runs already; show each event and its routes."""
    from services.cli.try_ import attempt as run

    raise typer.Exit(
        run(url, read_kafka(os.environ, bootstrap_servers), files or [], api_key=api_key, patience=patience)
    )


@app.command()
def topics(
    rules: Annotated[Path | None, typer.Option(help="Routing rules, for their topics; without, the example.")] = None,
) -> None:
    """Create the topics that are missing, with their settings; Kafka from COPYDESK_KAFKA__ variables."""
    from services.cli.topics import create as run

    for name in run(os.environ, rules):
        typer.echo(name)


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="Such as news.articles.enriched.v1.")],
    bootstrap_servers: Servers = "127.0.0.1:9092",
    from_beginning: Annotated[bool, typer.Option(help="Begin with the oldest record.")] = False,
    limit: Annotated[int | None, typer.Option(help="Stop after this many records.")] = None,
) -> None:
    """Show a topic as its transactions commit: pretty on a terminal, JSON Lines in a pipe."""
    from services.cli.tail import tail as run

    asyncio.run(run(read_kafka(os.environ, bootstrap_servers), topic, from_beginning=from_beginning, limit=limit))


@app.command()
def evaluate(
    task: Annotated[str, typer.Argument(help="entities, sentiment, main-entity, cleaning or duplicates.")],
    file: Annotated[Path, typer.Argument(help="Labelled JSON Lines.", exists=True, dir_okay=False)],
    form: Annotated[str, typer.Option("--input", help="cleaning: html or text.")] = "html",
    weights: Weights = None,
    profile: EncoderProfile = "accurate",
    predictions: Annotated[Path | None, typer.Option(help="Write one line a row here.")] = None,
) -> None:
    """Score an enricher on labelled JSON Lines; prints one JSON object."""
    from services.cli.evaluate import CleaningInput, Task
    from services.cli.evaluate import evaluate as run

    try:
        scores = run(
            Task(task), file, form=CleaningInput(form), weights=weights, profile=profile, predictions=predictions
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    sys.stdout.buffer.write(to_json(scores, indent=2) + b"\n")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point: errors of ours are one line and an exit code, never a traceback."""
    try:
        app()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in sys.stdlib_module_names:
            raise
        errors.print(f"not part of this installation: {error.name}; it comes with copydesk[all]", style="red")
        raise SystemExit(EXIT_CONFIGURATION) from error
    except CopydeskError as error:
        errors.print(f"{error.reason}: {error}", style="red", highlight=False)
        raise SystemExit(EXIT_CONFIGURATION if isinstance(error, ConfigurationError) else EXIT_FAILED) from error


if __name__ == "__main__":
    main()
