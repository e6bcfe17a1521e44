"""Chaos run: faults by the hundred on real services and a real Kafka, then a check of every topic.

Run: make chaos, or python -m tests.chaos

The same seed and numbers give the same faults in the same order. The exit code is 1 if a record was lost, doubled,
changed, out of order or stuck; then Kafka's data and the logs are kept.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.embedded import load_embedded_settings
from tests.chaos.run import Run, run
from tests.chaos.special import SPECIAL, run_special
from tests.support.whole_path.setting import keep_on_failure, report

ALL = "all"
NAMES = ", ".join(SPECIAL)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    articles: Annotated[int, typer.Option(help="Articles to send, at least.")] = 1_000,
    kills: Annotated[int, typer.Option(help="Kills among the faults; 0 for the special faults alone.")] = 50,
    seed: Annotated[int | None, typer.Option(help="Seed of the faults; a random one if absent.")] = None,
    rate: Annotated[float, typer.Option(help="Articles a second.")] = 8.0,
    file: Annotated[list[Path] | None, typer.Option(help="JSON Lines with `text`; may be repeated.")] = None,
    special: Annotated[list[str] | None, typer.Option(help=f"{NAMES}, or all; may be repeated.")] = None,
) -> None:
    """Run the faults that the options name."""
    faults = _list_special(special or [])
    seed = seed if seed is not None else random.randrange(10**6)
    planned = Run(seed, articles, kills, rate, tuple(file or ()))
    embedded = load_embedded_settings(os.environ)
    print(f"CHAOS_SEED={seed} CHAOS_ARTICLES={articles} CHAOS_KILLS={kills}", flush=True)
    failed: list[Path] = []
    for name in faults:
        with keep_on_failure(failed, report) as folder:
            asyncio.run(run_special(name, seed, folder, embedded, report))
    if kills:
        with keep_on_failure(failed, report) as folder:
            result = asyncio.run(run(planned, folder, embedded, report))
            print(result, flush=True)
            if result.violations:
                raise SystemExit(f"{len(result.violations)} violations; repeat with CHAOS_SEED={seed}")


def _list_special(names: Sequence[str]) -> list[str]:
    """Return the special faults that the options name. Raises typer.BadParameter for an unknown name."""
    if ALL in names:
        return list(SPECIAL)
    if unknown := [name for name in names if name not in SPECIAL]:
        raise typer.BadParameter(f"unknown fault {', '.join(unknown)}; known are {NAMES}, {ALL}")
    return list(names)


if __name__ == "__main__":
    app()
