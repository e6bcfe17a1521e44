"""Warm-up of a desk that has just started, so that the first article of a person is as fast as the later ones."""

from __future__ import annotations

from collections.abc import Sequence

from services.cli.articles.send import send
from services.cli.desk.arrivals.collect import wait_for_arrivals
from services.cli.desk.arrivals.results import RunResults
from services.ingest.entries import Entry

PATIENCE = 60.0
"""Seconds without an arrival after which the warm-up ends; the articles of the demo then show what is wrong."""
ROUNDS = 2
"""Number of articles for each text, so that every worker process and every partition is likely to get one."""

TEXTS: Sequence[str] = (
    "The town council opened a new library on Monday, and the mayor thanked the builders for their work.",
    "El ayuntamiento inauguró el lunes una nueva biblioteca, y la alcaldesa dio las gracias a los obreros.",
    "Die Stadt hat am Montag eine neue Bibliothek eröffnet, und die Bürgermeisterin dankte den Handwerkern.",
    "La ville a ouvert lundi une nouvelle bibliothèque, et la maire a remercié les ouvriers pour leur travail.",
    "Il comune ha aperto lunedì una nuova biblioteca, e la sindaca ha ringraziato gli operai per il loro lavoro.",
    "1 2 3",
)
"""One text for each shard: English, Spanish, German, French, another language, and no language."""


async def warm_up(ingest: str, results: RunResults) -> None:
    """Send made-up articles, and wait until they have arrived.

    Models, worker processes and lanes are loaded when the first article needs them.
    """
    articles = [
        Entry({"content": f"{text} {number}", "source": "warm-up"}) for number in range(ROUNDS) for text in TEXTS
    ]
    report = await send(ingest, articles)
    await wait_for_arrivals(results, set(report.ids), patience=PATIENCE)
