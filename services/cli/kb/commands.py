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
    *,
    out: Annotated[Path, typer.Option(help="Folder that the base is written to.", file_okay=False)] = Path(
        "knowledge-base"
    ),
    starter: Annotated[bool, typer.Option(help="Build the starter base of this package again.")] = False,
    inputs: Annotated[
        Path | None, typer.Option(help="Folder of the starter's tables, if it is not that of this package.")
    ] = None,
    wikidata: Annotated[
        Path | None, typer.Option(help="Dump of Wikidata in JSON: .json, .json.gz or .json.bz2.", dir_okay=False)
    ] = None,
    languages: Annotated[str, typer.Option(help="Languages of names, the most important one first.")] = "en",
    min_sitelinks: Annotated[int, typer.Option(min=0, help="Fewest sitelinks of an item of the base.")] = 3,
) -> None:
    """Build a knowledge base, to whose items annotate links the entities of articles."""
    from services.enrichment.linking.base import KnowledgeBase
    from services.enrichment.linking.building.starter import INPUTS, build_starter
    from services.enrichment.linking.building.wikidata.build import build_from_dump

    if starter == (wikidata is not None):
        raise typer.BadParameter("give either --starter or --wikidata")
    if wikidata is None:
        print_status("building the starter base, about a minute")
        build_starter(out, inputs or INPUTS)
    else:
        chosen = [language.strip() for language in languages.split(",") if language.strip()]
        build_from_dump(
            wikidata,
            out,
            languages=chosen,
            min_sitelinks=min_sitelinks,
            on_progress=lambda lines, items: print_status(f"{lines:,} lines read, {items:,} items in the base"),
        )
    manifest = KnowledgeBase(out).manifest
    write_json({"name": manifest.name, "version": manifest.version, "items": manifest.items, "names": manifest.names})
