"""The command `copydesk replay`."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.cli.addresses import Addresses
from services.cli.console.progress import print_error, print_status, write_json
from services.cli.options import BootstrapServers, parse_time
from services.runtime.service.settings import load_section, name_variable

LIVE_RATE = 20.0
"""Records a second of a replay in place, if no rate is given."""


def replay(  # noqa: PLR0913 - each argument is an option of the command
    *,
    since: Annotated[
        datetime, typer.Option(parser=parse_time, metavar="TIME", help="Articles that arrived at or after TIME.")
    ],
    until: Annotated[
        datetime | None, typer.Option(parser=parse_time, metavar="TIME", help="Only those that arrived before TIME.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only of this source; may be repeated.")] = None,
    ids: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="File with article ids, one a line: only these.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the replay, which precedes the names of its topics.")] = "replay",
    archive: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Read this archive instead of the raw topic.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Let the deployment itself publish what changed, as revisions.")
    ] = False,
    cold: Annotated[
        bool,
        typer.Option("--cold", help="Begin with an empty memory: copies of articles from before --since are original."),
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option(min=0.01, help=f"Articles a second; if absent, no limit, and {LIVE_RATE:g} with --publish."),
    ] = None,
    niceness: Annotated[
        int, typer.Option("--nice", min=0, max=19, help="Niceness of the replay's own services: 19 gives way to all.")
    ] = 19,
    rules: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Also route the events by these routing rules.")
    ] = None,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Annotate articles again, into topics of their own, or in place.

    The settings of annotate and match are read from the environment. Run the command again to continue after a stop.
    """
    from services.cli.desk.processes.run_folder import open_run_folder
    from services.cli.replay.request import ReplayOptions, ReplayRequest, read_ids
    from services.cli.replay.run import Replay
    from services.processor.match.settings import MatchSettings
    from services.runtime.service.settings import TopicsSettings

    kafka = Addresses(os.environ, bootstrap_servers=bootstrap_servers).kafka
    request = ReplayRequest(
        name=name,
        since_ms=_to_ms(since),
        until_ms=None if until is None else _to_ms(until),
        sources=frozenset(source or ()),
        ids=read_ids(ids) if ids is not None else frozenset(),
        archive=archive.resolve() if archive is not None else None,
        in_place=publish,
        is_cold=cold,
    )
    environ = dict(os.environ)
    if rules is not None:
        environ[name_variable("sink", "rules")] = str(rules.resolve())
    if cold and not publish:
        print_status("match begins with an empty memory: copies of articles from before --since will be original")
    began = time.monotonic()
    with open_run_folder("replay") as folder:
        options = ReplayOptions(
            rate=LIVE_RATE if rate is None and publish else rate,
            has_sink=rules is not None and not publish,
            niceness=niceness,
            log=folder / "services.log",
            report=print_status,
        )
        parameters = load_section(MatchSettings, "match", os.environ).parameters
        topics = load_section(TopicsSettings, "topics", os.environ)
        result = asyncio.run(Replay(environ, kafka, topics, parameters, request, options).run())
    for line in result.damage:
        print_error(line)
    write_json(
        {
            "name": result.name,
            "read": result.read,
            "written": result.written,
            "primed": result.primed,
            "topic": result.enriched_topic,
            "events": result.events,
            "dead_letters": result.dead_letters,
            "damaged": len(result.damage),
            "seconds": round(time.monotonic() - began, 1),
        }
    )
    raise typer.Exit(1 if result.damage else 0)


def _to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)
