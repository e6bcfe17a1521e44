"""Every command of `copydesk`, by what a person wants to do. A new command is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import typer

from services import __version__
from services.cli.articles.commands import enrich, evaluate, retract, send
from services.cli.dead_letters.commands import (
    export_dead_letters,
    list_dead_letters,
    replay_dead_letters,
    show_dead_letter,
)
from services.cli.desk.commands import demo, try_articles, up
from services.cli.diff.commands import diff
from services.cli.kafka.commands import tail, topics
from services.cli.kb.commands import build_base, check_list
from services.cli.page.commands import page
from services.cli.replay.commands import replay
from services.cli.rules.commands import lint, route
from services.cli.stories.commands import stories


def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """A command that has commands of its own."""

    help: str
    commands: Mapping[str, Callable[..., None]]


DLQ = CommandGroup(
    "Find dead letters, show them, export them and send them back.",
    {
        "list": list_dead_letters,
        "show": show_dead_letter,
        "replay": replay_dead_letters,
        "export": export_dead_letters,
    },
)

KB = CommandGroup("Build knowledge bases, to which entities are linked.", {"build": build_base, "check": check_list})

COMMANDS: Mapping[str, Mapping[str, Callable[..., None] | CommandGroup]] = {
    "Run Copydesk on this machine, and try it": {"demo": demo, "up": up, "try": try_articles},
    "Work with articles": {"enrich": enrich, "send": send, "retract": retract},
    "Check routing rules": {"route": route, "lint": lint},
    "Look at what is in Kafka": {"page": page, "stories": stories, "tail": tail, "topics": topics, "dlq": DLQ},
    "Annotate again, and compare": {"replay": replay, "diff": diff},
    "Measure quality, and more": {"evaluate": evaluate, "kb": KB, "version": version},
}
"""For each task, the names of its commands and their functions or groups, in the order of the help."""
