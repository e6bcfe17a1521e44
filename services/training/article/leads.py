"""Headlines and leads with the sentiment of what they report, and texts without labels that teachers label."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.enrichment.labels import POLARITIES, POLARITY_INDEX
from services.training.rows import Row, fold_spaces, hash_to_percent, is_held_back, read_rows

LEADS: Final = "sentiment/labels/leads.jsonl"
"""Labelled texts: `text`, `polarity`, `sure` (0 to 1), `article`, `split`, and `agreed` in rows labelled twice."""

ARTICLES: Final = "articles/unlabelled.jsonl"
"""Whole articles without labels: `id`, `title`, `text`."""

HEADLINES: Final = "sentiment/valence/goodnewseveryone-weak.jsonl"
ECONOMY: Final = "sentiment/valence/useconomy-snippets.jsonl"
FINANCE: Final = "sentiment/sentfin.jsonl"
POLITICS: Final = "sentiment/newsmtsc-train.jsonl"
"""Sets of short texts that are read without their labels, which answer other questions."""

LEAD_CHARACTERS: Final = 430
"""Length of a labelled lead in code points, without its headline."""

PART_PERCENT: Final = 50
"""Per cent of the articles of which the headline alone and the lead alone are labelled by teachers too."""

FINANCE_PERCENT: Final = 40
POLITICS_PERCENT: Final = 35
"""Per cent of the texts of a set that are read, so that no kind of text outweighs the others."""

LABEL_SMOOTHING: Final = 0.05
"""Share of a label's weight that is spread over all polarities: the usual guard against overconfidence."""

DRAWN_LEADS: Final = 512
"""Texts on which ranges are observed; ranges are stable from some 300 on."""

Target = tuple[float, ...]
"""Probabilities of the polarities, in the order of `labels.POLARITIES`."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A text with the probabilities that a network is to learn, and its weight in the loss."""

    text: str
    target: Target
    weight: float


def read_leads(data: Path, split: str, *, agreed_only: bool = False) -> Iterator[Row]:
    """Yield the labelled texts of a split, `train` or `dev`; `agreed_only` leaves out rows with two labels."""
    for row in read_rows(data / LEADS):
        if row["split"] == split and (not agreed_only or row.get("agreed")):
            yield row


def read_unlabelled(data: Path) -> list[str]:
    """Return texts for teachers to label, each once and in a fixed order, none of them from a held-back article."""
    rows = list(read_rows(data / LEADS))
    labelled = {row["article"] for row in rows}
    held_back = {row["article"] for row in rows if row["split"] == "dev"}
    seen = {_fold(row["text"]) for row in rows}
    texts = [*_list_parts(read_rows(data / ARTICLES), labelled, held_back)]
    texts += [row["text"] for name in (HEADLINES, ECONOMY) for row in read_rows(data / name)]
    texts += _thin((row["sentence"] for row in read_rows(data / FINANCE)), FINANCE_PERCENT)
    politics = (row for row in read_rows(data / POLITICS) if not is_held_back("newsmtsc", row))
    texts += _thin((row["sentence"] for row in politics), POLITICS_PERCENT)
    distinct = {_fold(text): text for text in reversed(texts)}
    return [text for key, text in reversed(distinct.items()) if key not in seen]


def draw_leads(data: Path, seed: int) -> list[str]:
    """Draw labelled training texts on which the ranges of int8 are observed."""
    texts = [row["text"] for row in read_leads(data, "train")]
    return random.Random(seed).sample(texts, min(DRAWN_LEADS, len(texts)))


def build_target(polarity: str, taught: Target | None, share: float) -> Target:
    """Mix a smoothed label with a teacher's probabilities, which have `share` (0 to 1) of the weight."""
    even = LABEL_SMOOTHING / len(POLARITIES)
    label = [even] * len(POLARITIES)
    label[POLARITY_INDEX[polarity]] += 1 - LABEL_SMOOTHING
    if taught is None:
        return tuple(label)
    return tuple((1 - share) * own + share * other for own, other in zip(label, taught, strict=True))


def write_taught(path: Path, taught: Iterable[tuple[str, Target]]) -> int:
    """Write texts with the teachers' probabilities, and return their number."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for text, target in taught:
            out.write(json.dumps({"text": text, "target": [round(value, 5) for value in target]}) + "\n")
            count += 1
    return count


def read_taught(path: Path) -> dict[str, Target]:
    """Return the teachers' probabilities by text."""
    return {row["text"]: tuple(row["target"]) for row in read_rows(path)}


def _list_parts(articles: Iterable[Row], labelled: set[str], held_back: set[str]) -> Iterator[str]:
    """Yield headline and lead of each article together, and of some also the headline alone and the lead alone."""
    for row in articles:
        title, lead = (row.get("title") or "").strip(), " ".join(row["text"].split())[:LEAD_CHARACTERS]
        if row["id"] in held_back or not lead:
            continue
        if row["id"] not in labelled:
            yield f"{title}\n\n{lead}" if title else lead
        if title and hash_to_percent(f"headline\n{row['id']}") < PART_PERCENT:
            yield title
        if title and hash_to_percent(f"lead\n{row['id']}") < PART_PERCENT:
            yield lead


def _thin(texts: Iterable[str], percent: int) -> list[str]:
    return [text for text in texts if hash_to_percent(f"thin\n{text}") < percent]


def _fold(text: str) -> str:
    return fold_spaces(text)[:100]
