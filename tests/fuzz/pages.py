"""Fuzz run of cleaning alone: mutated pages and texts, each of which must be cleaned and accounted for.

Run: python -m tests.fuzz.pages [FILE]

The pages come from FILE (JSON Lines with `html`); without one, the project's own pages are used. Prints one JSON
object; the exit code is 1 if cleaning raised an exception, did not account for a character, or needed more than
a second for a MiB. Pages that are written to cost time (`adversarial.py`) are cleaned first.
"""

from __future__ import annotations

import gzip
import json
import random
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from services.enrichment.cleaning import CleanArticle
from tests.fuzz.adversarial import MEBIBYTE, build_adversarial_pages
from tests.support.span_accounting import check_spans, clean_html, clean_text

VOTE = "The council of Valletta voted on Monday for a new bridge across the Grand Harbour, nine votes to two."
START = "Work is to begin before the summer, and the mayor said that the ferries would run until the bridge is open."
SAMPLES = (
    f"Home | News\n\nValletta votes for a bridge\n\nBy Ingrid Larsen\nMarch 9, 2026\n\nVALLETTA (Reuters) - {VOTE}"
    f"\n\nThe harbour. Photo by Marit Velden\n\n{START}\n\nREAD MORE: Ferry fares to rise\n\n© 2026 The Post",
    "<html><head><title>Valletta votes | Post</title><meta name='author' content='Ingrid Larsen'><script type="
    "'application/ld+json'>{'@type': 'NewsArticle', 'headline': 'Valletta votes'}</script></head><body><nav><ul><li><a"
    " href='/'>Home</a></li></ul></nav><article><h1>Valletta votes</h1><time datetime='2026-03-09T08:15:00+01:00'>today"
    f"</time><p>{VOTE}</p><figure><img><figcaption>The harbour. Photo: Marit Velden</figcaption></figure><p>{START}</p>"
    f"<h3>Costs</h3><p>{VOTE}<br><br>{START}</p></article><footer>&copy; 2026</footer></body></html>",
)
"""A scrape and a page of the project, which are mutated if there is no file."""

MAX_MUTATIONS = 12
MAX_PIECE = 2_000
MAX_SHOWN = 3
SLACK_SECONDS = 0.25
"""Seconds that any page may take, however small: the first page loads the models."""

ATTEMPTS = 3
"""Number of times that a page is cleaned at most; the fastest counts."""

ODD = (
    *"< > & \" ' <!-- --> <![CDATA[ ]]> </ <p <script> </script> <svg><style> <h1> </body> <ul><li> <br>".split(),
    *"&#0; &#1; &#x110000; &#xd800; &amp;amp; &nosuch; <table><tr><td> <textarea> <plaintext> <meta".split(),
    *("\0", "\x1b", "\ufeff", "\u2028", "\u3000|\u3000", "•\u2003•", "\u202e", "\u200b", "\U0010ffff"),
    f"&#{'9' * 5_000};",
    "\n" * 2_000,
    "/* ",
    *("<time datetime='", "<script type='application/ld+json'>{", "<a href='x'>", "<div style='display:none'>"),
)
"""Pieces that are inserted: markup, references and characters that parsers get wrong."""


def mutate(page: str, chance: random.Random) -> str:
    """Return the page with some pieces cut, doubled, moved, swapped for odd ones, or with odd ones inserted."""
    for _ in range(chance.randint(1, MAX_MUTATIONS)):
        start = chance.randint(0, len(page))
        end = min(len(page), start + chance.randint(0, MAX_PIECE))
        piece = page[start:end]
        to = chance.randint(0, len(page))
        change: Callable[[], str] = chance.choice(
            (
                lambda: page[:start] + page[end:],  # noqa: B023
                lambda: page[:to] + piece + page[to:],  # noqa: B023
                lambda: page[:start] + chance.choice(ODD) + page[end:],  # noqa: B023
                lambda: page[:to] + chance.choice(ODD) * chance.randint(1, 50) + page[to:],  # noqa: B023
                lambda: page[:start] + "".join(chance.sample(piece, len(piece))) + page[end:],  # noqa: B023
                lambda: page[:end],  # noqa: B023
            )
        )
        page = change() or page
    return page


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    file: Annotated[Path | None, typer.Argument(help="Pages, JSON Lines with `html`; may be packed with gzip.")] = None,
    pages: Annotated[int, typer.Option(help="Number of mutated pages.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the mutations.")] = 1,
    size: Annotated[int, typer.Option(help="Characters of an adversarial page.")] = MEBIBYTE,
) -> None:
    """Clean the pages and report."""
    chance = random.Random(seed)
    samples = _read(file) if file else list(SAMPLES)
    failures: list[str] = []
    hardest = {name: time_page(page, clean_html, failures) for name, page in build_adversarial_pages(size).items()}
    slowest = 0.0
    for number in range(pages):
        page = mutate(chance.choice(samples), chance)
        clean = clean_text if number % 5 == 0 else clean_html
        slowest = max(slowest, time_page(page, clean, failures))
    report = {
        "pages": pages,
        "seed": seed,
        "failures": len(failures),
        "slowest_seconds_a_mebibyte": round(slowest, 2),
        "adversarial_seconds_a_mebibyte": round(max(hardest.values()), 2),
        "slowest_adversarial_page": max(hardest, key=lambda name: hardest[name]),
    }
    print(json.dumps(report, indent=2))
    for failure in failures[:MAX_SHOWN]:
        print(failure)
    raise typer.Exit(1 if failures or max(slowest, *hardest.values()) > 1 else 0)


def time_page(page: str, clean: Callable[[str], CleanArticle], failures: list[str]) -> float:
    """Return the CPU seconds a MiB that cleaning needs; a traceback is added to `failures` if it fails.

    A page that needs too long is cleaned again: on a busy machine the same work takes several times as long.
    """
    limit = SLACK_SECONDS + len(page) / MEBIBYTE
    seconds = float("inf")
    try:
        for _ in range(ATTEMPTS):
            began = time.process_time()
            article = clean(page)
            seconds = min(seconds, time.process_time() - began)
            if seconds <= limit:
                break
        check_spans(page, article)
    except Exception:  # noqa: BLE001 - any exception is what the run looks for
        failures.append(traceback.format_exc())
        return 0.0
    return max(0.0, seconds - SLACK_SECONDS) / (len(page) / MEBIBYTE)


def _read(file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [json.loads(line)["html"] for line in lines]


if __name__ == "__main__":
    app()
