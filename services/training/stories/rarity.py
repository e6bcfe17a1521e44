"""The table of rarity: in how few articles each English stem occurs."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from services.enrichment.stories.features.rarity import TABLE
from services.enrichment.stories.features.tokens import split_tokens

SOURCES: Final = ("articles/unlabelled.jsonl", "articles/newswire.jsonl")
"""Files of articles below the data folder."""
FEWEST: Final = 5
"""Articles that a stem of the table must be in. Rarer stems share one rarity."""


def write_table(data: Path, out: Path) -> int:
    """Write the table of stems into the folder of the features, and return the number of stems."""
    counts: Counter[str] = Counter()
    articles = 0
    for text in _read_texts(data):
        articles += 1
        counts.update({token.stem for token in split_tokens(text) if not token.is_number})
    rows = sorted((stem, count) for stem, count in counts.items() if count >= FEWEST and stem)
    lines = [f"{stem}\t{round(100 * math.log((articles + 1) / (count + 1)))}\n" for stem, count in rows]
    (out / TABLE).write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _read_texts(data: Path) -> Iterable[str]:
    for name in SOURCES:
        with (data / name).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield f"{row.get('title') or ''}\n{row['text']}"
