"""Articles for tests, written by the project in the style of raw copy."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from services.ingest.entries import Entry

PLACES = ("Valletta", "Tallinn", "Accra", "Lagos", "Porto", "Kisumu", "Bergen", "Cork", "Izmir", "Quito")
PEOPLE = ("Ingrid Larsen", "Chidi Okafor", "Marit Velden", "Rui Bragança", "Annika Dahl", "Wanjiru Kamau")
COMPANIES = ("Halvorsen Robotics", "Baltic Mutual", "Pontelar", "Solvara", "Kestrel Automation", "Banco Meridional")
VERBS = ("praised", "accused", "met", "sued", "thanked", "overtook", "warned", "bought")
OBJECTS = ("a contract", "the terminal", "a rival", "the council", "two ships", "a loan", "the report", "a vaccine")
WORDS = (
    "harbour winter price vote bridge court budget storm school union harvest export tax engine tower vaccine river "
    "border ferry cable mine tender strike verdict minister quarter profit loss audit merger cargo rail "
    "climate festival league final transfer coach museum archive satellite orbit probe reactor turbine wheat coffee "
    "copper lithium"
).split()


def build_article(number: int, seed: int = 0, sentences: int = 6) -> dict[str, object]:
    """Build a unique article. Two numbers share single phrases only, so none is a near-duplicate of another."""
    rng = random.Random(f"{seed}-{number}")
    place = rng.choice(PLACES)
    lines = [
        f"{rng.choice(PEOPLE)} {rng.choice(VERBS)} {rng.choice(COMPANIES)} over {rng.choice(OBJECTS)} in {place}, "
        f"where the {' '.join(rng.sample(WORDS, 6))} of case {number} counted {rng.randrange(10_000)} times."
        for _ in range(sentences)
    ]
    return {
        "url": f"https://wire.example/{seed}/{number}",
        "title": f"{place} report {number}: {' '.join(rng.sample(WORDS, 4))}",
        "content": "\n\n".join(lines),
        "published_at": "2026-03-01T08:00:00Z",
        "fetched_at": "2026-03-01T09:00:00Z",
    }


def build_entries(numbers: Iterable[int], seed: int = 0) -> list[Entry]:
    """Build unique articles as a source yields them."""
    return [Entry(build_article(number, seed), position=number) for number in numbers]


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read articles of JSON Lines as ingest accepts them; a line may have its text under `text`, as corpora do."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row if "content" in row else {"content": row["text"], "title": row.get("title")}
