"""Every command of `copydesk`, by what a person wants to do. A new command is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from services import __version__
from services.cli.articles.commands import enrich, evaluate, send
from services.cli.desk.commands import demo, try_articles, up
from services.cli.kafka.commands import tail, topics
from services.cli.page.commands import page


def version() -> None:
    """Print the version."""
    typer.echo(__version__)


COMMANDS: Mapping[str, Mapping[str, Callable[..., None]]] = {
    "Run Copydesk on this machine, and try it": {"demo": demo, "up": up, "try": try_articles},
    "Work with articles": {"enrich": enrich, "send": send},
    "Look at what is in Kafka": {"page": page, "tail": tail, "topics": topics},
    "Measure quality, and more": {"evaluate": evaluate, "version": version},
}
"""For each task, the names of its commands and their functions, in the order of the help."""
