"""Commands that read articles."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from services.cli.console.progress import error_console, show_progress
from services.cli.options import ApiKey, DefaultLanguage, EncoderProfile, Files, Url, WeightsFolder


def enrich(
    files: Files = None,
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    default_language: DefaultLanguage = None,
) -> None:
    """Enrich articles without Kafka, and print one event a line."""
    from services.cli.articles.enrich import enrich as run
    from services.cli.articles.reading import read_articles
    from services.enrichment.options import EnrichmentOptions

    raise typer.Exit(
        run(
            read_articles(files or [Path("-")]),
            EnrichmentOptions(
                weights=str(weights) if weights else None, profile=profile, default_language=default_language
            ),
        )
    )


def send(
    files: Files = None,
    url: Url = "http://127.0.0.1:8080",
    rate: Annotated[float | None, typer.Option(min=0.01, help="Articles a second; no limit if absent.")] = None,
    api_key: ApiKey = None,
) -> None:
    """Post articles to the ingest API, and print the number of articles for each outcome."""
    from services.cli.articles.reading import read_articles
    from services.cli.articles.send import send as run

    with show_progress("sending") as bar:
        report = asyncio.run(
            run(url, read_articles(files or [Path("-")]), api_key=api_key, rate=rate, on_progress=bar.advance)
        )
    for line in report.errors:
        error_console.print(line, style="red")
    sys.stdout.buffer.write(to_json(report.outcomes) + b"\n")
    raise typer.Exit(1 if report.errors else 0)


def evaluate(
    task: Annotated[str, typer.Argument(help="entities, sentiment, main-entity, cleaning or duplicates.")],
    file: Annotated[Path, typer.Argument(help="Labelled JSON Lines.", exists=True, dir_okay=False)],
    form: Annotated[str, typer.Option("--input", help="For the task cleaning: html or text.")] = "html",
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    predictions: Annotated[Path | None, typer.Option(help="File to write one line for each row to.")] = None,
) -> None:
    """Score one part of the enrichment on labelled data, and print the scores as JSON."""
    from services.cli.articles.evaluate import CleaningInput, EvaluationTask
    from services.cli.articles.evaluate import evaluate as run

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
