"""Scorecard: Copydesk compared with its peers in one run.

Run: make scorecard DATA=FOLDER

Writes docs/scorecard.md and docs/scorecard.svg, and prints the page. The data folder has ner/, sentiment/,
articles/ and cleaning/; a missing one is skipped, and the page reports it. The first run downloads the peers (about 900
MB).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar, get_args

import typer

from services.enrichment import models
from services.enrichment.options import Profile
from tests.benchmarks.scorecard import measure
from tests.benchmarks.scorecard.job import Job, prepare
from tests.benchmarks.scorecard.page import write_page
from tests.benchmarks.scorecard.pages import describe_pages, measure_pages
from tests.benchmarks.scorecard.peers import CoreNlp, make_python
from tests.benchmarks.scorecard.picture import draw

T = TypeVar("T")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    data: Annotated[Path, typer.Option(help="Folder of the labelled data.")],
    out: Annotated[Path, typer.Option(help="Folder for scorecard.md and scorecard.svg.")] = Path("docs"),
    cache: Annotated[Path, typer.Option(help="Folder for the downloaded peers.")] = Path(".cache/scorecard"),
    rounds: Annotated[int, typer.Option(help="Rounds of timing.")] = 5,
) -> None:
    """Measure, write, print."""
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        job = prepare(data, Path(folder))
        sections = _measure_pages(data, job, cache.resolve(), rounds)
        systems = _measure(job, cache.resolve(), rounds)
        write_page(out / "scorecard.md", systems, job, rounds, sections)
    picture = draw(systems)
    if picture is not None:
        (out / "scorecard.svg").write_text(picture, encoding="utf-8")
    print((out / "scorecard.md").read_text(encoding="utf-8"))


def _measure_pages(data: Path, job: Job, cache: Path, rounds: int) -> list[str]:
    core = max(os.sched_getaffinity(0))
    measured = _try(
        job, "cleaning of pages", lambda: measure_pages(data, job.folder, cache, core, rounds, _print_progress)
    )
    return describe_pages(*measured) if measured else []


def find_profiles() -> dict[str, Path]:
    """Return our weights by name: those of each profile."""
    return {f"Copydesk {profile}": models.find_weights(profile) for profile in get_args(Profile)}


def _measure(job: Job, cache: Path, rounds: int) -> list[measure.System]:
    core = max(os.sched_getaffinity(0))
    systems, timers, baseline = [], [], None
    for name, weights in find_profiles().items():
        system = measure.measure_ours(name, weights, job, _print_progress)
        systems.append(system)
        timers.append((system, measure.build_our_timer(weights, job, core)))
    corenlp = _try(job, "CoreNLP", lambda: CoreNlp(cache))
    if corenlp is not None:
        _print_progress("CoreNLP: quality")
        system = measure.measure_corenlp(corenlp, job, core)
        systems.append(system)
        timers.append((system, measure.build_corenlp_timer(corenlp, job, core)))
    python = _try(job, "spaCy and VADER", lambda: make_python(cache))
    if python is not None:
        _print_progress("spaCy and VADER: quality")
        baseline = measure.measure_spacy(python, job, core)
        systems += [baseline, measure.measure_vader(python, job, core)]
        timers.append((baseline, measure.build_spacy_timer(python, job, core)))
    if job.texts:
        measure.time_all(timers, baseline, job, rounds, _print_progress)
    return systems


def _try(job: Job, name: str, make: Callable[[], T]) -> T | None:
    """Build a peer; if it cannot be downloaded, return None and record the reason for the page."""
    try:
        return make()
    except (ImportError, OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
        job.skipped[name] = f"{type(error).__name__}: {error}"
        return None


def _print_progress(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
