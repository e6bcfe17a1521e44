"""Written headlines and leads with their sentiment."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from services.enrichment.labels import POLARITIES
from services.training.article.written import read_written

HELD_BACK = Path(__file__).parents[2] / "quality" / "reversals.jsonl"

RUN = 4
"""Words in a row that two texts may have in common by chance."""

SHARED = 0.5
"""Largest share of the runs of words of a held-back text that a training text may have."""


def test_every_text_is_there_once_with_a_polarity() -> None:
    """Texts are distinct, and each polarity has at least a quarter of them."""
    written = read_written()
    counts = Counter(polarity for _, polarity in written)
    assert len({text for text, _ in written}) == len(written)
    assert set(counts) == set(POLARITIES)
    assert min(counts.values()) >= len(written) / 4


def test_no_held_back_text_is_among_them() -> None:
    """No written text has half of the runs of four words of a held-back text."""
    runs = set().union(*(list_runs(text) for text, _ in read_written()))
    for line in HELD_BACK.read_text(encoding="utf-8").splitlines():
        own = list_runs(json.loads(line)["text"])
        assert len(own & runs) <= SHARED * len(own), line


def list_runs(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().split()
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}
