"""Input of every system, as plain files, so that a peer's runner needs none of our code.

    tokens.jsonl     {"set", "article", "tokens"}: tokens to tag; the gold tokens are not split again
    sentences.jsonl  {"sentence", "start", "end"}: sentiment toward a span
    articles.jsonl   {"title", "text"}: sentiment toward the main entity of a whole article
    leads.jsonl      strings: sentiment of what a headline or a lead reports
    texts.jsonl      strings: news on which the speed is measured
    warm.jsonl       strings: other news, processed before the timing

A file is empty if its data is missing; `skipped` says which data and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.training.article.leads import read_leads
from services.training.rows import Row, read_rows, read_split

TIMED_ARTICLES = 64
"""Timed articles of newswire.jsonl: two full micro-batches of the service, some 37,000 words."""

WARM_ARTICLES = 32
"""Other articles of the same source, which fill the tables of words as in a service that has been running."""


@dataclass(slots=True)
class Job:
    """Labelled rows by set, and the data that could not be read."""

    folder: Path
    entities: dict[str, list[Row]] = field(default_factory=dict)
    targets: list[Row] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)
    leads: list[Row] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> int:
        """Number of words in the texts, split at whitespace: the same count for every system."""
        return sum(len(text.split()) for text in self.texts)


def prepare(data: Path, folder: Path) -> Job:
    """Read the available data and write the job's files to `folder`."""
    job = Job(folder)
    for name, read in (
        ("worldwide", lambda: list(read_split(data, "worldwide", held_back=True))),
        ("conll2003-dev", lambda: read_rows(data / "ner" / "conll2003-dev.jsonl")),
    ):
        job.entities[name] = _try(job, name, read)
    job.targets = _try(job, "newsmtsc", lambda: list(read_split(data, "newsmtsc", held_back=True)))
    job.articles = _try(job, "persent", lambda: read_rows(data / "sentiment" / "persent-dev.jsonl"))
    job.leads = _try(job, "leads", lambda: list(read_leads(data, "dev", agreed_only=True)))
    newswire = _try(job, "newswire", lambda: read_rows(data / "articles" / "newswire.jsonl"))
    step = max(1, len(newswire) // TIMED_ARTICLES)
    job.texts = [row["text"] for row in newswire[::step]][:TIMED_ARTICLES]
    warm = [row["text"] for row in newswire[1::step]][:WARM_ARTICLES] if step > 1 else []
    _write(
        folder / "tokens.jsonl",
        (
            {"set": name, "article": row.get("article"), "tokens": row["tokens"]}
            for name, rows in job.entities.items()
            for row in rows
        ),
    )
    _write(folder / "sentences.jsonl", ({key: row[key] for key in ("sentence", "start", "end")} for row in job.targets))
    _write(folder / "articles.jsonl", ({"title": row["title"] or "", "text": row["text"]} for row in job.articles))
    _write(folder / "leads.jsonl", (row["text"] for row in job.leads))
    _write(folder / "texts.jsonl", job.texts)
    _write(folder / "warm.jsonl", warm)
    return job


def _try(job: Job, name: str, read: Any) -> list[Row]:
    try:
        rows: list[Row] = read()
    except FileNotFoundError as error:
        job.skipped[name] = f"{Path(error.filename).name} is not there"
        return []
    return rows


def _write(path: Path, rows: Iterable[object]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
