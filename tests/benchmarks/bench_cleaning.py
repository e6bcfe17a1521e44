"""Benchmark of cleaning: plain-text articles per second, and the time for HTML pages as a ratio to trafilatura's.

Run: python -m tests.benchmarks.bench_cleaning

The plain text imitates a scraped page of about 350 words with a menu, a caption, a byline and headlines of other
articles. The pages come from FILE; without one, the project's own page is used. Each page is cleaned by us and then
extracted by trafilatura, so that a change in the machine's load affects both. Times are CPU seconds of this process in
the best round. Prints one JSON object.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import trafilatura
import typer

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean

PARAGRAPH = (
    "The council of Valletta voted on Monday for a new bridge across the Grand Harbour, nine votes to two, and said"
    " that work would begin before the summer of next year, when the ferries carry most of their passengers."
)
SCRAPE = "\n\n".join(
    [
        "Home Back",
        "News | Sport | Weather",
        "Valletta votes for a bridge across its harbour",
        "harbour.example 2 days ago",
        "By Ingrid Larsen and Rui Bragança",
        "The harbour of Valletta on Sunday. Photo by Marit Velden/Baltic Press",
        "Share Tweet Email",
        *(f"{PARAGRAPH} That was vote number {number}." for number in range(7)),
        "People are also reading",
        "Ferry fares to rise in April",
        "© 2026 The Harbour Post. All rights reserved.",
    ]
)
PAGE = (
    "<html><head><title>Valletta votes for a bridge</title></head><body><nav><a href='/'>Home</a></nav><article><h1>"
    "Valletta votes for a bridge</h1>"
    + "".join(f"<p>{PARAGRAPH} {n}</p>" for n in range(12))
    + "</article></body></html>"
)
TEXTS_A_ROUND = 200


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    file: Annotated[Path | None, typer.Argument(help="Pages, JSON Lines with `html`.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of each measurement.")] = 3,
) -> None:
    """Measure and print."""
    pages = [PAGE] * 20
    if file:
        with file.open(encoding="utf-8") as rows:
            pages = [json.loads(line)["html"] for line in rows]
    text = RawArticle(content=SCRAPE)
    seconds = min(measure(lambda: clean(text, reference=None), TEXTS_A_ROUND) for _ in range(rounds))
    ratio = min(measure_ratio(pages) for _ in range(rounds))
    report = {
        "text_words": len(SCRAPE.split()),
        "text_articles_per_second": round(TEXTS_A_ROUND / seconds),
        "html_time_over_trafilatura": round(ratio, 2),
    }
    print(json.dumps(report, indent=2))


def measure(work: Callable[[], object], times: int = 1) -> float:
    """Return the CPU seconds of some calls."""
    began = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - began


def measure_ratio(pages: list[str]) -> float:
    """Return the time of our cleaning divided by the time of `trafilatura.extract` with its defaults, page by page."""
    ours = theirs = 0.0
    for page in pages:
        raw = RawArticle.model_construct(content=page, content_type="text/html")
        ours += measure(lambda: clean(raw, reference=None))  # noqa: B023
        theirs += measure(lambda: trafilatura.extract(page))  # noqa: B023
    return ours / theirs


if __name__ == "__main__":
    app()
