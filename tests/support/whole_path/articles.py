"""Input of the runs: unique articles with known copies among them, and bad records.

The input is a function of the seed and the number, so that a failed run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from services.contracts import topics
from services.ingest.entries import Entry
from tests.support.builders import build_article, read_rows

SENTENCES = 3
"""Sentences of an article: about 90 words, so that the encoder is fast enough between the faults."""
GERMAN = (
    "Der Hafen von {place} meldet für Fall {number} eine Ladung von {amount} Tonnen; {person} lobte die Leute.",
    "Am Abend sprach {person} mit dem Rat über Vorgang {number}; {amount} Menschen hörten in {place} zu.",
    "Die Brücke bei {place} bleibt nach Unfall {number} gesperrt, sagte {person}, der Schaden liegt bei {amount} Euro.",
)
SPANISH = (
    "El puerto de {place} registró en el caso {number} una carga de {amount} toneladas, y {person} elogió al equipo.",
    "Por la tarde {person} habló con el consejo sobre el asunto {number}; {amount} vecinos escucharon en {place}.",
    "El puente de {place} sigue cerrado tras el accidente {number}, dijo {person}; el daño suma {amount} euros.",
)
"""Articles in other languages, which go to other shards and are not read by the encoder."""
PLACES = ("Rostock", "Bergen", "Cádiz", "Porto", "Kiel", "Vigo", "Tallinn", "Gdynia")
PEOPLE = ("Marta Brandt", "Jorge Olmedo", "Ines Falk", "Rui Bragança", "Clara Vogt", "Pablo Sanz")

REPEATED, COPIED, EDITED = 0.04, 0.04, 0.08
"""Shares of the articles that are repeated, copied to another URL, and edited by one more sentence."""
LOOK_BACK = 50
"""Largest number of articles between a copy and its original."""


@dataclass(frozen=True, slots=True)
class Poison:
    """A bad record for the topic of one stage."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


BAD: tuple[tuple[bytes | None, tuple[tuple[str, bytes], ...]], ...] = (
    (None, ()),
    (b"", ()),
    (b"\xff\xfe\x00", ()),
    (b"{not json", ()),
    (b'{"content": 7}', ()),
    (b'{"title": "no content"}', ()),
    (b'{"content": "\\ud800"}', ()),
    (b"[" * 5_000, ()),
    (b'{"content": "of another version"}', (("ce_type", b"news.article.raw.v9"),)),
    (b'{"content": "x", "url": "javascript:alert(1)"}', (("twice", b"1"), ("twice", b"2"))),
)
"""Values that are bad for every stage, each for another reason."""


def generate_articles(seed: int, files: Sequence[Path] = ()) -> Iterator[Entry]:
    """Yield articles endlessly, or the articles of the files (JSON Lines)."""
    rng = random.Random(f"copies-{seed}")
    recent: list[dict[str, Any]] = []
    for position, fields in enumerate(_generate_unique(seed, files)):
        recent = [*recent[-LOOK_BACK:], fields]
        chance, earlier = rng.random(), rng.choice(recent)
        if chance < REPEATED:
            yield Entry(earlier, position=position)
        elif chance < REPEATED + COPIED:
            yield Entry({**earlier, "url": f"https://copies.example/{seed}/{position}"}, position=position)
        elif chance < REPEATED + COPIED + EDITED:
            longer = f"{earlier['content']}\n\nThe desk added this line as number {position}."
            yield Entry(
                {**earlier, "content": longer, "url": f"https://edits.example/{seed}/{position}"}, position=position
            )
        else:
            yield Entry(fields, position=position)


def generate_poison(seed: int) -> Iterator[Poison]:
    """Yield bad records endlessly, for each stage's topic in turn."""
    rng = random.Random(f"poison-{seed}")
    for number in count():
        value, headers = rng.choice(BAD)
        topic = (topics.RAW, topics.RAW, topics.ANNOTATED, topics.ENRICHED)[number % 4]
        partition = rng.randrange(topics.PARTITIONS)
        key = f"poison-{number}".encode() if value is None or rng.random() < 0.8 else None
        yield Poison(topic, partition, key, value, (*headers, ("poison", str(number).encode())))


def _generate_unique(seed: int, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    if files:
        yield from _read(files)
    for number in count():
        yield _build(number, seed)


def _read(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for path in files:
        for number, row in enumerate(read_rows(path)):
            if row["content"].strip():
                url = f"https://file.example/{path.stem}/{number}"
                yield {**row, "url": url, "fetched_at": "2026-03-01T09:00:00Z"}


def _build(number: int, seed: int) -> dict[str, Any]:
    article = build_article(number, seed, sentences=SENTENCES)
    language = ("en", "en", "de", "es")[number % 4]
    if language == "en":
        return article
    rng = random.Random(f"{language}-{seed}-{number}")
    lines = [
        line.format(
            place=rng.choice(PLACES), person=rng.choice(PEOPLE), number=f"{number}-{seed}", amount=rng.randrange(10**6)
        )
        for line in (GERMAN if language == "de" else SPANISH)
    ]
    return {**article, "title": f"{rng.choice(PLACES)} {number}", "content": "\n\n".join(lines)}
