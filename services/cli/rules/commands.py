"""Commands that check routing rules."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from services.cli.options import Files, RulesFile, require_choice
from services.contracts.event import Verdict


def route(
    files: Files = None,
    rules: RulesFile = None,
    verdict: Annotated[
        str,
        typer.Option(
            callback=require_choice(*get_args(Verdict)),
            help=f"Duplicate verdict with which raw articles are judged: {', '.join(get_args(Verdict))}.",
        ),
    ] = "original",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each article.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Run the tests in the rules file.")] = False,
) -> None:
    """Show which routes each event or article takes, and each condition with the value that decided.

    FILES have events or raw articles. Raw articles are enriched first. Kafka is not needed.
    """
    from services.cli.articles.reading import choose_files
    from services.cli.rules.check import run_tests
    from services.cli.rules.choice import choose_rules
    from services.cli.rules.events import load_annotate
    from services.cli.rules.route import route as run

    chosen = choose_rules(rules, os.environ)
    if test:
        if files:
            raise typer.BadParameter("--test reads its articles from the rules file; give no other files")
        raise typer.Exit(run_tests(chosen, load_annotate(os.environ), as_json=json))
    raise typer.Exit(
        run(chosen, choose_files(files), load_annotate(os.environ), verdict=cast(Verdict, verdict), as_json=json)
    )


def lint(
    file: Annotated[Path | None, typer.Argument(help="Routing rules, as --rules.")] = None, rules: RulesFile = None
) -> None:
    """Check routing rules without Kafka: print their version, or every error with its line."""
    from services.cli.rules.check import lint as run
    from services.cli.rules.choice import choose_rules

    typer.echo(run(choose_rules(file or rules, os.environ)))
