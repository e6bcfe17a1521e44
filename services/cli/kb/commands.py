"""Commands that build knowledge bases for entity linking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.console.progress import print_status, write_json


def check_list(
    file: Annotated[Path, typer.Argument(help="Own list of entities: CSV or JSON Lines.", exists=True, dir_okay=False)],
) -> None:
    """Check an own list of entities, and print its numbers of rows and names and its conflicting aliases."""
    from services.enrichment.linking.own_list.own_list import build_own_list
    from services.enrichment.linking.own_list.rows import read_rows

    rows = read_rows(file)
    own = build_own_list(rows)
    write_json({"rows": len(rows), "names": len(own.rows), "conflicts": [*own.conflicts]})


def build_base(
    out: Annotated[Path, typer.Option(help="Folder that the base is written to.", file_okay=False)],
    starter: Annotated[bool, typer.Option(help="Build the starter base of this package again.")] = False,
    inputs: Annotated[
        Path | None, typer.Option(help="Folder of the starter's tables, if it is not that of this package.")
    ] = None,
) -> None:
    """Build a knowledge base, to whose items annotate links the entities of articles."""
    from services.enrichment.linking.base import KnowledgeBase
    from services.enrichment.linking.building.starter import INPUTS, build_starter

    if not starter:
        raise typer.BadParameter("nothing to build: give --starter")
    print_status("building the starter base, about a minute")
    build_starter(out, inputs or INPUTS)
    manifest = KnowledgeBase(out).manifest
    write_json({"name": manifest.name, "version": manifest.version, "items": manifest.items, "names": manifest.names})
