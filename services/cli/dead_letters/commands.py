"""The commands `copydesk dlq`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from services.cli.addresses import Addresses
from services.cli.console.progress import print_error, results_console, show_progress, write_json
from services.cli.options import BootstrapServers, parse_time
from services.errors import ConfigurationError
from services.outcomes import Reason, Stage

if TYPE_CHECKING:
    from services.cli.dead_letters.letters import Letter
    from services.cli.dead_letters.replay import Edit, ReplayReport
    from services.cli.dead_letters.selection import Selection

MAX_SHOWN_ERRORS = 20


Ids = Annotated[
    list[str] | None, typer.Argument(help="Dead letters, as `dlq list` names them: TOPIC/PARTITION/OFFSET.")
]
Id = Annotated[str, typer.Argument(help="The dead letter, as `dlq list` names it: TOPIC/PARTITION/OFFSET.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Only of this dead-letter topic or source topic.")]
Reasons = Annotated[list[Reason] | None, typer.Option("--reason", help="Only with this reason.")]
Stages = Annotated[list[Stage] | None, typer.Option("--stage", help="Only of this stage.")]
Since = Annotated[
    datetime | None, typer.Option(parser=parse_time, metavar="TIME", help="Only originals written at or after TIME.")
]
Until = Annotated[
    datetime | None, typer.Option(parser=parse_time, metavar="TIME", help="Only originals written before TIME.")
]


def list_dead_letters(
    *,
    topic: Topics = None,
    reason: Reasons = None,
    stage: Stages = None,
    since: Since = None,
    until: Until = None,
    counts: Annotated[bool, typer.Option("--counts", help="Only the counts by topic, stage and reason.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Show this number of letters, the last ones.")] = None,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Count dead letters and list them: as tables on a terminal, as JSON Lines in a pipe."""
    from services.cli.dead_letters.listing import list_letters
    from services.cli.dead_letters.reading import read_letters

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    kafka, layout = addresses.kafka, addresses.layout
    selection = _select(None, topic, reason, stage, since, until)

    asyncio.run(list_letters(read_letters(kafka, selection, layout), limit=limit, counts_alone=counts))


def show_dead_letter(
    letter_id: Id,
    *,
    as_hex: Annotated[bool, typer.Option("--hex", help="Show the original bytes in hexadecimal.")] = False,
    raw: Annotated[bool, typer.Option("--bytes", help="Write only the original bytes, unchanged.")] = False,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Show the reason, the place, the exception, the headers and the original bytes of one dead letter."""
    from services.cli.dead_letters.showing import describe_in_full

    letter = _read_one(letter_id, bootstrap_servers)
    if raw:
        sys.stdout.buffer.write(letter.record.value or b"")
        return
    for line in describe_in_full(letter, as_hex=as_hex):
        results_console.print(line, soft_wrap=True)


def export_dead_letters(
    ids: Ids = None,
    *,
    topic: Topics = None,
    reason: Reasons = None,
    stage: Stages = None,
    since: Since = None,
    until: Until = None,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Write dead letters to standard output with all their bytes, one JSON object a line (news.dead-letter.v1)."""
    from services.cli.dead_letters.reading import read_letters
    from services.errors import PermanentError

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    kafka, layout = addresses.kafka, addresses.layout
    selection = _select(ids, topic, reason, stage, since, until)

    async def run() -> bool:
        is_complete = True
        async for letter in read_letters(kafka, selection, layout):
            try:
                sys.stdout.buffer.write(letter.decode().to_bytes() + b"\n")
            except PermanentError as error:
                print_error(f"{letter.place}: {error}")
                is_complete = False
        return is_complete

    raise typer.Exit(0 if asyncio.run(run()) else 1)


def replay_dead_letters(  # noqa: PLR0913 - each argument is an option of the command
    ids: Ids = None,
    *,
    topic: Topics = None,
    reason: Reasons = None,
    stage: Stages = None,
    since: Since = None,
    until: Until = None,
    everything: Annotated[bool, typer.Option("--all", help="Send every dead letter.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Change the bytes of one letter in your editor first.")] = False,
    value: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="File with the bytes to send for one letter.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; print what would be sent.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also send letters that were sent before.")] = False,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Send dead letters back to their source topics, with their original keys and headers, each one once.

    Name the letters, give filters, or say --all.
    """
    from services.cli.dead_letters.replay import ReplayOptions
    from services.cli.dead_letters.replay import replay as run
    from services.cli.dead_letters.showing import summarise

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    kafka, layout = addresses.kafka, addresses.layout
    selection = _select(ids, topic, reason, stage, since, until)
    if selection.is_empty and not everything:
        raise typer.BadParameter("name the dead letters, give a filter, or say --all")
    if (edit or value is not None) and len(selection.places) != 1:
        raise typer.BadParameter("--edit and --value change one dead letter: name it")

    def print_planned(letter: Letter) -> None:
        results_console.print(f"{letter.place} -> {summarise(letter)}", soft_wrap=True)

    with show_progress("sending back") as bar:
        options = ReplayOptions(
            force=force,
            edit=None if dry_run else _choose_edit(edit, value, os.environ),
            report_planned=print_planned if dry_run else None,
            report_sent=bar.advance,
        )
        report = asyncio.run(run(kafka, selection, options, layout))
    _finish(report, selection, is_dry=dry_run)


def _finish(report: ReplayReport, selection: Selection, *, is_dry: bool) -> NoReturn:
    for line in report.errors[:MAX_SHOWN_ERRORS]:
        print_error(line)
    if len(report.errors) > MAX_SHOWN_ERRORS:
        print_error(f"and {len(report.errors) - MAX_SHOWN_ERRORS} more")
    found = report.replayed + report.already_replayed + report.failed
    missing = len(selection.places) - found if selection.places else 0
    if missing:
        print_error(f"{missing} of the named dead letters do not exist")
    write_json(
        {
            "would_be_replayed" if is_dry else "replayed": report.replayed,
            "already_replayed": report.already_replayed,
            "failed": report.failed,
        }
    )
    raise typer.Exit(1 if report.failed or missing else 0)


def _choose_edit(edit: bool, value: Path | None, environ: Mapping[str, str]) -> Edit | None:
    """Return the change of the value. Raises ConfigurationError if the file cannot be read."""
    if edit and value is not None:
        raise typer.BadParameter("give either --edit or --value")
    if value is not None:
        try:
            given = value.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"cannot read {value}: {error.strerror}") from error
        return lambda _: given
    if not edit:
        return None
    from services.cli.dead_letters.editing import edit_value

    return lambda original: edit_value(original, environ)


def _read_one(letter_id: str, bootstrap_servers: str | None) -> Letter:
    """Read one dead letter. Raises ConfigurationError if it does not exist."""
    from services.cli.dead_letters.reading import read_letters

    addresses = Addresses(os.environ, bootstrap_servers=bootstrap_servers)
    kafka, layout = addresses.kafka, addresses.layout
    selection = _select([letter_id])

    async def read() -> Letter | None:
        async for letter in read_letters(kafka, selection, layout):
            return letter
        return None

    letter = asyncio.run(read())
    if letter is None:
        raise ConfigurationError(f"there is no dead letter {letter_id}; `copydesk dlq list` names those that exist")
    return letter


def _select(
    ids: list[str] | None,
    topics: list[str] | None = None,
    reasons: list[Reason] | None = None,
    stages: list[Stage] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Selection:
    from services.cli.dead_letters.letters import LetterPlace
    from services.cli.dead_letters.selection import Selection

    try:
        places = frozenset(map(LetterPlace.parse, ids or ()))
    except ValueError as error:
        raise typer.BadParameter("name dead letters as TOPIC/PARTITION/OFFSET, as `copydesk dlq list` does") from error
    return Selection(
        places,
        frozenset(topics or ()),
        frozenset(map(str, reasons or ())),
        frozenset(map(str, stages or ())),
        since,
        until,
    )
