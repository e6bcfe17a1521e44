"""Texts with labelled topics, and texts without labels that teachers label."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.contracts.media_topics import list_published
from services.training.article.leads import LEAD_CHARACTERS, read_unlabelled
from services.training.rows import Row, fold_spaces, read_rows
from services.training.topics.passages import read_passages

LABELS: Final = "topics/labels.jsonl"
"""Labelled texts: `id`, `text`, `topics` with the main one first, `split`, and `agreed` in rows labelled twice."""

READINGS: Final = Path(__file__).with_name("readings.tsv")
"""Labels of a language-model reader, in addition to LABELS, one text a line: the sha256 of the text; its topics of the
top level, the main one first, for a text that LABELS lacks; and its topics of the second level."""

WRITTEN: Final = Path(__file__).with_name("written.tsv")
"""Short texts that the project wrote: topics, headline, body. Most are about topics that LABELS has few of, and those
without topics are about nothing."""

NEWSWIRE: Final = "articles/newswire.jsonl"

SHARES: Final = ((1.0,), (0.85, 0.15), (0.8, 0.12, 0.08))
"""Share of the first, second and third topic of a text in the target of the main answer, by number of topics."""

SAME_BEGINNING: Final = 60
"""Code points with which two texts begin alike when they are taken for one."""

Floats = NDArray[np.float32]


def list_topics(level: int) -> tuple[str, ...]:
    """Return the ids of the published topics of a level, in the order of the network's answers."""
    return tuple(sorted(topic.id for topic in list_published() if topic.level == level))


@dataclass(frozen=True, slots=True)
class Targets:
    """The probabilities to learn for each text: of the main topic, and of each topic on its own, (texts, topics).

    `below` has those of each topic of the second level, NaN for texts for which they are not known; None for none.
    """

    main: Floats
    each: Floats
    below: Floats | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Topics that a reader gave to a text: of the top level, empty if they are in LABELS, and of the second level."""

    top: list[str]
    below: list[str]


def read_labels(data: Path, split: str) -> list[Row]:
    """Return the labelled rows of a split, `train` or `dev`."""
    return [row for row in read_rows(data / LABELS) if row["split"] == split]


def is_reported(row: Row) -> bool:
    """Return whether calibration is reported, and not fitted, on a held-back row."""
    return hashlib.sha256(row["id"].encode()).digest()[-1] % 2 == 1


def read_training(data: Path) -> tuple[list[Row], list[str]]:
    """Return the labelled rows for training, and the texts without labels, each once and in a fixed order."""
    readings = read_readings()
    labelled = read_labels(data, "train")
    rows, rest = [*labelled, *read_written()], []
    pool = _read_pool(data)
    for text in dict.fromkeys([*pool, *read_passages(data, read_labels(data, "dev"), labelled)]):
        reading = readings.get(hash_text(text))
        if reading and reading.top:
            rows.append({"text": text, "topics": reading.top})
        else:
            rest.append(text)
    return rows, rest


def read_written() -> list[Row]:
    """Return the texts of WRITTEN with their topics, as rows with `written`."""
    lines = (line.split("\t") for line in WRITTEN.read_text(encoding="utf-8").splitlines())
    return [
        {"text": f"{headline}\n\n{body}" if body else headline, "topics": topics.split(), "written": True}
        for topics, headline, body in lines
    ]


def _read_pool(data: Path) -> list[str]:
    """Return texts of other sets, none of which is in LABELS or part of a text there."""
    newswire = (" ".join(row["text"].split())[:LEAD_CHARACTERS] for row in read_rows(data / NEWSWIRE))
    leads = (row["text"] for row in read_rows(data / "sentiment/labels/leads.jsonl") if row["split"] == "train")
    seen = {_fold(part) for row in read_rows(data / LABELS) for part in (row["text"], *row["text"].split("\n\n"))}
    pool = []
    for text in (*leads, *read_unlabelled(data), *newswire):
        beginnings = {_fold(part) for part in (text, *text.split("\n\n"))}
        if beginnings.isdisjoint(seen):
            pool.append(text)
            seen.add(_fold(text))
    return pool


def build_targets(rows: Sequence[Row]) -> Targets:
    """Return the targets of labelled rows.

    For a text about nothing, each topic is equally likely to be the main one, and none is right on its own.
    """
    index = {topic: number for number, topic in enumerate(list_topics(1))}
    main = np.zeros((len(rows), len(index)), np.float32)
    each = np.zeros_like(main)
    for number, row in enumerate(rows):
        if not row["topics"]:
            main[number] = 1 / len(index)
            continue
        for topic, share in zip(row["topics"], SHARES[len(row["topics"]) - 1], strict=True):
            main[number, index[topic]] = share
            each[number, index[topic]] = 1
    return Targets(main, each)


def read_readings() -> dict[str, Reading]:
    """Return the topics that a reader gave to texts, by the sha256 of the text."""
    lines = (line.split("\t") for line in READINGS.read_text(encoding="utf-8").splitlines())
    return {digest: Reading(top.split(), below.split()) for digest, top, below in lines}


def hash_text(text: str) -> str:
    """Return the sha256 of a text, in hex: the name of the text in READINGS."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_taught(path: Path, texts: Sequence[str], targets: Targets) -> int:
    """Write texts with their teachers' probabilities in JSON Lines, and return their number."""
    with path.open("w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            row = {"text": text, "main": _round(targets.main[number]), "each": _round(targets.each[number])}
            if targets.below is not None and not np.isnan(targets.below[number]).any():
                row["below"] = _round(targets.below[number])
            out.write(json.dumps(row) + "\n")
    return len(texts)


def read_taught(path: Path) -> tuple[list[str], Targets]:
    """Return the texts that `write_taught` wrote, with their targets."""
    rows = list(read_rows(path))
    main, each = (np.array([row[part] for row in rows], np.float32) for part in ("main", "each"))
    unknown = [np.nan] * len(list_topics(2))
    below = np.array([row.get("below", unknown) for row in rows], np.float32)
    return [row["text"] for row in rows], Targets(main, each, below)


def _round(probabilities: Floats) -> list[float]:
    return [round(float(one), 4) for one in probabilities]


def _fold(text: str) -> str:
    return fold_spaces(text)[:SAME_BEGINNING]
