"""Copydesk beside its peers, in one run: `make scorecard DATA=FOLDER`.

Writes docs/scorecard.md and docs/scorecard.svg, and prints the page. DATA holds ner/, sentiment/ and articles/; what is
not there is skipped, and the page says so. The first run fetches the peers (some 600 MB).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from services.enrichment import models
from tests.benchmarks.scorecard import measure
from tests.benchmarks.scorecard.job import Job, prepare
from tests.benchmarks.scorecard.page import write_excerpt, write_page
from tests.benchmarks.scorecard.peers import CoreNlp, make_python
from tests.benchmarks.scorecard.picture import draw

T = TypeVar("T")


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled data")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of scorecard.md and scorecard.svg")
    parser.add_argument("--readme", type=Path, help="README that repeats table and picture between its two marks")
    parser.add_argument("--cache", type=Path, default=Path(".cache/scorecard"), help="folder of the peers")
    parser.add_argument("--rounds", type=int, default=5, help="of timing")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        job = prepare(options.data, Path(folder))
        systems = _measure(job, options.cache.resolve(), options.rounds)
        write_page(options.out / "scorecard.md", systems, job, options.rounds)
    picture = draw(systems)
    if picture is not None:
        (options.out / "scorecard.svg").write_text(picture, encoding="utf-8")
    if options.readme is not None:
        write_excerpt(options.readme, systems, f"{options.out}/scorecard.svg")
    print((options.out / "scorecard.md").read_text(encoding="utf-8"))


def find_profiles() -> dict[str, Path]:
    """Our weights by name: every folder of weights in the package."""
    folders = sorted(models.WEIGHTS.glob("*/manifest.json"))
    return {f"Copydesk {path.parent.name}": path.parent for path in folders}


def _measure(job: Job, cache: Path, rounds: int) -> list[measure.System]:
    core = max(os.sched_getaffinity(0))
    systems, timers, baseline = [], [], None
    for name, weights in find_profiles().items():
        system = measure.measure_ours(name, weights, job, _tell)
        systems.append(system)
        timers.append((system, measure.our_timer(weights, job, core)))
    corenlp = _try(job, "CoreNLP", lambda: CoreNlp(cache))
    if corenlp is not None:
        _tell("CoreNLP: quality")
        system = measure.measure_corenlp(corenlp, job, core)
        systems.append(system)
        timers.append((system, measure.corenlp_timer(corenlp, job, core)))
    python = _try(job, "spaCy and VADER", lambda: make_python(cache))
    if python is not None:
        _tell("spaCy and VADER: quality")
        baseline = measure.measure_spacy(python, job, core)
        systems += [baseline, measure.measure_vader(python, job, core)]
        timers.append((baseline, measure.spacy_timer(python, job, core)))
    if job.texts:
        measure.time_all(timers, baseline, job, rounds, _tell)
    return systems


def _try(job: Job, name: str, make: Callable[[], T]) -> T | None:
    """A peer that cannot be fetched is skipped, and the page says why."""
    try:
        return make()
    except (ImportError, OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
        job.skipped[name] = f"{type(error).__name__}: {error}"
        return None


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
