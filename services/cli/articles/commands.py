"""Commands that read articles."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic_core import to_json

from services.cli.addresses import Addresses
from services.cli.console.progress import results_console, write_json
from services.cli.options import (
    PRESETS,
    ApiKey,
    DefaultLanguage,
    EncoderProfile,
    EntityList,
    Files,
    KnowledgeBaseFolder,
    Url,
    WeightsFolder,
    check_ids,
    check_language,
    require_choice,
)
from services.runtime.service.settings import name_variable

# The tasks are written out here, because this module must also load without the evaluation package.
TASKS = ("entities", "sentiment", "valence", "topics", "main-entity", "cleaning", "duplicates", "stories", "linking")
FORMS = ("html", "text")


def enrich(  # noqa: PLR0913 - each option of the command is an argument
    files: Files = None,
    *,
    url: Annotated[str | None, typer.Option(help="URL of the article, if its file does not have it.")] = None,
    source: Annotated[str | None, typer.Option(help="Publisher of articles whose file does not name it.")] = None,
    title: Annotated[str | None, typer.Option(help="Headline of the article, if its file does not have it.")] = None,
    language: Annotated[
        str | None,
        typer.Option(
            callback=check_language, help="Language code of articles whose file does not state it, such as en."
        ),
    ] = None,
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    default_language: DefaultLanguage = None,
    base: KnowledgeBaseFolder = None,
    entity_list: EntityList = None,
) -> None:
    """Enrich articles without Kafka: as panels on a terminal, as JSON Lines in a pipe."""
    from services.cli.articles.enrich import enrich as run
    from services.cli.articles.reading import add_fields, choose_files, read_articles
    from services.enrichment.options import EnrichmentOptions, Profile

    paths = choose_files(files)
    if (url or title) and len(paths) > 1:
        raise typer.BadParameter(f"--url and --title describe one article, and {len(paths)} files are given")
    given = {"url": url, "source": source, "title": title, "language": language}
    options = EnrichmentOptions(
        weights=str(weights) if weights else None,
        profile=cast(Profile, profile),
        default_language=default_language,
        knowledge_base=str(base) if base else None,
        entity_list=str(entity_list) if entity_list else None,
    )
    articles = add_fields(read_articles(paths), given)
    raise typer.Exit(run(articles, options, is_pretty=results_console.is_terminal))


def send(
    files: Files = None,
    url: Url = None,
    *,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Articles a second; no limit if absent.")] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="File that notes what is sent. After a stop, the same command continues there."
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="File to write a report to, as JSON.")] = None,
    api_key: ApiKey = None,
) -> None:
    """Post articles to the ingest API, and print the number of articles for each outcome.

    A folder stands for all files below it. WARC files and files compressed with gzip are read too.
    """
    from services.cli.articles.backfill import send_files
    from services.cli.articles.reading import choose_files

    ingest = Addresses(os.environ, url=url).url
    result = asyncio.run(
        send_files(ingest, choose_files(files), api_key=api_key, rate=rate, journal=journal, report_file=report)
    )
    write_json(result.outcomes)
    raise typer.Exit(1 if result.reasons else 0)


def retract(
    article_id: Annotated[
        list[str] | None, typer.Option("--id", callback=check_ids, help="Id of an article; may be repeated.")
    ] = None,
    article_url: Annotated[
        list[str] | None, typer.Option("--url", help="URL of articles, given or canonical; may be repeated.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Source of articles, as events have it; may be repeated.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="The reason, which consumers get.")],
    ingest: Annotated[
        str | None, typer.Option("--ingest", envvar=name_variable("client", "url"), help="Base URL of the ingest API.")
    ] = None,
    api_key: ApiKey = None,
) -> None:
    """Retract articles: consumers get an event on each topic that has the article, and the id is not published again.

    By URL and by source, the articles that were published until now are retracted.
    """
    from pydantic import ValidationError

    from services.cli.articles.retract import retract as run
    from services.contracts.retraction import RetractionRequest

    given = {"id": article_id, "url": article_url, "source": source}
    pairs = [(name, value) for name, values in given.items() for value in values or ()]
    if not pairs:
        raise typer.BadParameter("give --id, --url or --source")
    try:
        requests = [RetractionRequest.model_validate({name: value, "reason": reason}) for name, value in pairs]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise typer.BadParameter(problems) from None
    asyncio.run(run(Addresses(os.environ, url=ingest).url, requests, api_key=api_key))
    write_json({"requested": len(requests)})


def evaluate(
    task: Annotated[str, typer.Argument(callback=require_choice(*TASKS), help=f"One of {', '.join(TASKS)}.")],
    file: Annotated[Path, typer.Argument(help="Labelled JSON Lines.", exists=True, dir_okay=False)],
    *,
    form: Annotated[
        str,
        typer.Option("--input", callback=require_choice(*FORMS), help="Form of the pages, for cleaning: html or text."),
    ] = "html",
    weights: WeightsFolder = None,
    profile: EncoderProfile = "accurate",
    predictions: Annotated[Path | None, typer.Option(help="File to write one line for each row to.")] = None,
    preset: Annotated[
        str, typer.Option(callback=require_choice(*PRESETS), help=f"For stories: {', '.join(PRESETS)}.")
    ] = "default",
    base: Annotated[
        Path | None,
        typer.Option(help="Folder of a knowledge base, for linking; the starter if absent.", file_okay=False),
    ] = None,
) -> None:
    """Score one part of the enrichment on labelled data, and print the scores as JSON."""
    from services.cli.articles.evaluate import CleaningInput, EvaluationTask
    from services.cli.articles.evaluate import evaluate as run
    from services.enrichment.options import Profile
    from services.enrichment.stories.parameters import Preset

    scores = run(
        EvaluationTask(task),
        file,
        form=CleaningInput(form),
        weights=weights,
        profile=cast(Profile, profile),
        predictions=predictions,
        preset=cast(Preset, preset),
        base=base,
    )
    sys.stdout.buffer.write(to_json(scores, indent=2) + b"\n")
