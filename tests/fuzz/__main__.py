"""Fuzz run: bad records by the thousand among good ones, on the input of every stage.

Run: make fuzz, or python -m tests.fuzz

The exit code is 1 if a bad record is not on the dead-letter topic with its bytes and its reason, if a good record did
not come through, or if memory grew.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Annotated

import typer

from services.embedded import load_embedded_settings
from tests.fuzz.run import fuzz
from tests.support.whole_path.setting import keep_on_failure, report

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    records: Annotated[int, typer.Option(help="Bad records to send.")] = 10_000,
    seed: Annotated[int | None, typer.Option(help="Seed of the records; a random one if absent.")] = None,
) -> None:
    """Send the records and check the outcome of each."""
    seed = seed if seed is not None else random.randrange(10**6)
    print(f"FUZZ_SEED={seed} FUZZ_RECORDS={records}", flush=True)
    embedded = load_embedded_settings(os.environ)
    kept: list[Path] = []
    with keep_on_failure(kept, report) as folder:
        print(asyncio.run(fuzz(records, seed, folder, embedded, report)), flush=True)


if __name__ == "__main__":
    app()
