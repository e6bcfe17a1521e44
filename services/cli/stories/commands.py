"""The command `copydesk stories`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from services.cli.addresses import Addresses
from services.cli.console.progress import results_console, show_progress, write_json
from services.cli.options import PRESETS, BootstrapServers, Files, require_choice

if TYPE_CHECKING:
    from services.cli.stories.grouping import StoryGrouper
    from services.contracts.stories.articles import StoryLine
    from services.contracts.stories.record import StoryRecord


def stories(
    files: Files = None,
    *,
    story: Annotated[
        str | None,
        typer.Option("--id", help="Show the story whose id begins so, with what each article added."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Number of stories, the largest first.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Show the table again whenever a story changes.")] = False,
    preset: Annotated[
        str, typer.Option(callback=require_choice(*PRESETS), help=f"For files: {', '.join(PRESETS)}.")
    ] = "default",
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Show the largest stories of the stream, or of files: as a table on a terminal, as JSON Lines in a pipe.

    Articles of files are cleaned and grouped without Kafka and without names.
    """
    if files:
        if follow:
            raise typer.BadParameter("--follow works on the stream, and files are given")
        grouper = _group_files(files, preset)
        if story is not None:
            _print_story(*grouper.read_story(story))
        else:
            _print(grouper.stories.list_stories(), limit, has_times=False)
        return
    from services.cli.stories.listing import follow_stories, read_stories, read_story

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    if story is not None:
        _print_story(*asyncio.run(read_story(story, addresses.kafka, addresses.layout)))
        return
    if follow:
        asyncio.run(follow_stories(addresses.kafka, addresses.layout, limit))
    _print(asyncio.run(read_stories(addresses.kafka, addresses.layout)).list_stories(), limit)


def _group_files(files: list[Path], preset: str) -> StoryGrouper:
    from services.cli.articles.reading import read_articles
    from services.cli.stories.grouping import group_articles
    from services.enrichment.stories.parameters import Preset

    with show_progress("grouping") as bar:
        return group_articles(read_articles(files), cast(Preset, preset), on_progress=bar.advance)


def _print(found: list[StoryRecord], limit: int, *, has_times: bool = True) -> None:
    from services.cli.stories.showing import build_table

    if results_console.is_terminal:
        results_console.print(build_table(found, limit, results_console.width, has_times=has_times))
        return
    for record in found[:limit]:
        sys.stdout.buffer.write(record.to_bytes() + b"\n")


def _print_story(record: StoryRecord, lines: list[StoryLine]) -> None:
    from services.cli.stories.showing import render_story

    if results_console.is_terminal:
        results_console.print(render_story(record, lines))
        return
    for line in lines:
        write_json(line)
