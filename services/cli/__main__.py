"""Enrich news articles: from the command line, or as a stream through Kafka."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from services import __version__
from services.cli.kafka import read_kafka
from services.cli.progress import error_console, show_progress
from services.contracts.raw import LanguageTag
from services.errors import ConfigurationError, CopydeskError
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED
from services.runtime.service.settings import name_variable

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Files = Annotated[list[Path] | None, typer.Argument(help="Text, HTML, JSON or JSON Lines; - is standard input.")]
WeightsFolder = Annotated[Path | None, typer.Option(help="Folder of your own weights.")]
# `Profile` is written out here, because this module must also load without the enrichment package.
EncoderProfile = Annotated[
    Literal["accurate", "fast"],
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "profile"),
        help="Encoder weights: accurate, or fast for more articles a core.",
    ),
]


def _check_language(tag: str | None) -> str | None:
    """Return a language code as given. Raises typer.BadParameter for one that is none."""
    try:
        return tag and TypeAdapter(LanguageTag).validate_python(tag)
    except ValidationError as error:
        raise typer.BadParameter(f"{tag!r} is not a language code such as en or pt-BR") from error


DefaultLanguage = Annotated[
    str | None,
    typer.Option(
        envvar=name_variable("annotate", "enrichment", "default_language"),
        callback=_check_language,
        help="Language code of articles whose words leave their language open, such as en.",
    ),
]
Url = Annotated[str, typer.Option(envvar=name_variable("client", "url"), help="Base URL of the ingest API.")]
ApiKey = Annotated[
    str | None, typer.Option(envvar=name_variable("client", "api_key"), help="API key, if the ingest API needs one.")
]
BootstrapServers = Annotated[
    str,
    typer.Option(
        envvar=name_variable("kafka", "bootstrap_servers"),
        help="Kafka brokers, host:port. COPYDESK_KAFKA__ variables set TLS and SASL.",
    ),
]


@app.command()
def demo(files: Files = None) -> None:
    """Run Kafka and the services on this machine, send FILES or samples, and show the enriched events."""
    from services.cli.demo import demo as run

    raise typer.Exit(run(files or [], os.environ))


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(help="Port of the HTTP ingest. If it is in use, another port is chosen.")
    ] = None,
) -> None:
    """Run Kafka and the services until Ctrl-C, and print their addresses."""
    from services.cli.up import up as run

    raise typer.Exit(run(os.environ, port))


@app.command()
def enrich(
    files: Files = None,
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    default_language: DefaultLanguage = None,
) -> None:
    """Enrich articles without Kafka, and print one event a line."""
    from services.cli.articles import read_articles
    from services.cli.enrich import enrich as run
    from services.enrichment.options import EnrichmentOptions

    raise typer.Exit(
        run(
            read_articles(files or [Path("-")]),
            EnrichmentOptions(
                weights=str(weights) if weights else None, profile=profile, default_language=default_language
            ),
        )
    )


@app.command()
def send(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    rate: Annotated[float | None, typer.Option(min=0.01, help="Articles a second; no limit if absent.")] = None,
    api_key: ApiKey = None,
) -> None:
    """Post articles to the ingest API, and print the number of articles for each outcome."""
    from services.cli.articles import read_articles
    from services.cli.send import send as run

    with show_progress("sending") as bar:
        report = asyncio.run(
            run(url, read_articles(files or [Path("-")]), api_key=api_key, rate=rate, on_progress=bar.advance)
        )
    for line in report.errors:
        error_console.print(line, style="red")
    sys.stdout.buffer.write(to_json(report.outcomes) + b"\n")
    raise typer.Exit(1 if report.errors else 0)


@app.command("try")
def try_articles(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    bootstrap_servers: BootstrapServers = "127.0.0.1:9092",
    api_key: ApiKey = None,
    patience: Annotated[float, typer.Option(min=1, help="Seconds to wait for the next article to arrive.")] = 120.0,
) -> None:
    """Send FILES or samples to services that already run, and show each event and its routes."""
    from services.cli.try_ import try_articles as run

    raise typer.Exit(
        run(url, read_kafka(os.environ, bootstrap_servers), files or [], api_key=api_key, patience=patience)
    )


@app.command()
def topics(
    rules: Annotated[Path | None, typer.Option(help="Routing rules with your routes; the example if absent.")] = None,
) -> None:
    """Create the missing topics with their settings, and print the names of all topics.

    COPYDESK_KAFKA__ variables name the Kafka.
    """
    from services.cli.topics import create as run

    for name in run(os.environ, rules):
        typer.echo(name)


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="Name of the topic, such as news.articles.enriched.v1.")],
    bootstrap_servers: BootstrapServers = "127.0.0.1:9092",
    from_beginning: Annotated[bool, typer.Option(help="Begin with the oldest record.")] = False,
    limit: Annotated[int | None, typer.Option(help="Stop after this number of records.")] = None,
) -> None:
    """Show a topic's records as they are committed: as panels on a terminal, as JSON Lines in a pipe."""
    from services.cli.tail import tail as run

    asyncio.run(run(read_kafka(os.environ, bootstrap_servers), topic, from_beginning=from_beginning, limit=limit))


@app.command()
def evaluate(
    task: Annotated[str, typer.Argument(help="entities, sentiment, main-entity, cleaning or duplicates.")],
    file: Annotated[Path, typer.Argument(help="Labelled JSON Lines.", exists=True, dir_okay=False)],
    form: Annotated[str, typer.Option("--input", help="For the task cleaning: html or text.")] = "html",
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    predictions: Annotated[Path | None, typer.Option(help="File to write one line for each row to.")] = None,
) -> None:
    """Score one part of the enrichment on labelled data, and print the scores as JSON."""
    from services.cli.evaluate import CleaningInput, EvaluationTask
    from services.cli.evaluate import evaluate as run

    try:
        scores = run(
            EvaluationTask(task),
            file,
            form=CleaningInput(form),
            weights=weights,
            profile=profile,
            predictions=predictions,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    sys.stdout.buffer.write(to_json(scores, indent=2) + b"\n")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command. An expected error is printed as one line, without a traceback, and sets the exit code."""
    try:
        app()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".", 1)[0] in sys.stdlib_module_names:
            raise
        error_console.print(f"{error.name} is not installed; run: pip install 'copydesk[all]'", style="red")
        raise SystemExit(EXIT_CONFIGURATION) from error
    except CopydeskError as error:
        error_console.print(f"{error.reason}: {error}", style="red")
        raise SystemExit(EXIT_CONFIGURATION if isinstance(error, ConfigurationError) else EXIT_FAILED) from error


if __name__ == "__main__":
    main()
