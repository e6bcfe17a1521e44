"""Cleaning of pages, compared with other extractors, as a table of the scorecard."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from services.evaluation.cleaning import compare
from services.evaluation.page_fields import FieldScores
from services.evaluation.rows import Row, read_rows
from services.evaluation.scores import compute_f1
from tests.benchmarks.scorecard.peers import HERE, make_python, run_on_one_core

PEERS: Final = ("trafilatura==2.3.1", "newspaper4k[all]==0.9.6", "readability-lxml==0.9", "news-please==1.6.16")
VERSIONS: Final = {peer.split("==")[0].split("[")[0]: peer.split("==")[1] for peer in PEERS}
"""Versions of the peers by their names."""

DESK: Final = "desk"
BASELINE: Final = "trafilatura"

SETS: Final = {"world-pages": "world-pages.jsonl.gz", "pages": "pages.jsonl"}
"""Sets of labelled pages, and their files in the folder `cleaning` of the data."""

COLUMNS: Final = (
    ("world-pages_f1", "world-pages, body F1", "{:.3f}"),
    ("headline", "headline", "{:.1%}"),
    ("day", "day", "{:.1%}"),
    ("wrong_days", "wrong days", "{:.0f}"),
    ("authors", "authors", "{:.1%}"),
    ("pages_f1", "pages, body F1", "{:.3f}"),
    ("time", "time to trafilatura", "{:.2f}"),
    ("memory_mb", "memory, MB", "{:.0f}"),
)

NOTES: Final = """\
- F1 is the mean over pages of the F1 of 4-word shingles of the body; a page that a system refuses, or on which it
  fails, counts as 0. world-pages are {world} news pages of some forty countries, mixed pages and pages of large sites;
  pages are the {pages} pages of the article-extraction-benchmark.
- A headline is right if it is the label's, without regard to letter case and the form of quotation marks; authors are
  right if all of them are found and no other. A day that is not found is neither right nor wrong.
- Time is CPU time on one core for all pages with all fields, as a ratio to trafilatura's: the best of {rounds} rounds
  in which the systems alternate. Each system has its defaults; readability finds no authors and no dates.
"""


@dataclass(slots=True)
class PageSystem:
    """An extractor as one line of the table; a figure that was not measured is absent."""

    name: str
    figures: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    """CPU seconds of each round."""


def measure_pages(
    data: Path, folder: Path, cache: Path, core: int, rounds: int, report_progress: Callable[[str], None]
) -> tuple[list[PageSystem], str]:
    """Measure all extractors on the sets of pages, and return them with the notes for the page.

    Raises FileNotFoundError if a set is missing.
    """
    sets = {name: list(read_rows(data / "cleaning" / file)) for name, file in SETS.items()}
    job = folder / "pages.jsonl"
    with job.open("w", encoding="utf-8") as lines:
        for row in (row for rows in sets.values() for row in rows):
            lines.write(json.dumps({name: row.get(name) for name in ("url", "fetched_at", "html")}) + "\n")
    python = make_python(cache, "page-peers", PEERS)
    systems = [PageSystem(DESK), *map(PageSystem, VERSIONS)]
    for number in range(rounds):
        for system in systems:
            report_progress(f"pages, round {number + 1} of {rounds}: {system.name}")
            report = _run(system.name, python, job, core)
            system.seconds.append(report["seconds"])
            system.figures["memory_mb"] = report["memory_mb"]
            if number == 0:
                _score(system, sets, report["results"])
    baseline = next(min(system.seconds) for system in systems if system.name == BASELINE)
    for system in systems:
        system.figures["time"] = min(system.seconds) / baseline
    return systems, NOTES.format(world=len(sets["world-pages"]), pages=len(sets["pages"]), rounds=rounds)


def describe_pages(systems: Sequence[PageSystem], notes: str) -> list[str]:
    """Return the section of the page as lines of Markdown."""
    header = ["system", *(title for _, title, _ in COLUMNS)]
    rows = [[_name(system), *_cells(system)] for system in systems]
    table = [f"| {' | '.join(row)} |" for row in (header, ["---", *("---:" for _ in COLUMNS)], *rows)]
    return ["## Cleaning of pages", "", *table, "", notes]


def _run(name: str, python: Path, job: Path, core: int) -> dict[str, Any]:
    out = job.with_suffix(f".{name}.json")
    interpreter = sys.executable if name == DESK else str(python)
    finished = run_on_one_core([interpreter, str(HERE / "run_pages.py"), name, str(job), str(out)], core)
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report | {"memory_mb": finished.memory_mb}


def _score(system: PageSystem, sets: dict[str, list[Row]], results: Sequence[dict[str, Any]]) -> None:
    following, scores = iter(results), FieldScores()
    for name, rows in sets.items():
        f1s = []
        for row in rows:
            result = next(following)
            if row.get("gold") is not None:
                f1s.append(compute_f1(*compare(row["gold"], result["body"])))
            day = date.fromisoformat(result["day"][:10]) if result["day"] else None
            scores.add(row, headline=result["headline"], authors=result["authors"], day=day)
        system.figures[f"{name}_f1"] = sum(f1s) / len(f1s) if f1s else 0.0
    system.figures.update(scores.report())
    if system.name == "readability-lxml":
        for figure in ("day", "wrong_days", "authors"):
            system.figures.pop(figure, None)


def _name(system: PageSystem) -> str:
    if system.name == DESK:
        return "**Copydesk**"
    return f"{system.name} {VERSIONS[system.name]}"


def _cells(system: PageSystem) -> list[str]:
    return [form.format(system.figures[key]) if key in system.figures else "–" for key, _, form in COLUMNS]
