"""The confusion of main topics as a picture: one row a labelled topic, one column a predicted one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from services.contracts.media_topics import read_topics
from services.enrichment.models import load_encoder, load_topic_classifier
from services.enrichment.options import Profile
from services.evaluation.topics import classify_text
from services.training.topics.labels import list_topics, read_labels

CELL: Final = 34
LEFT, TOP = 230, 150
"""Room for the names of rows and columns, in pixels."""

SHORT: Final = 26
"""Characters of a name that have room."""

NONE: Final = "no topic"


def draw_confusion(data: Path, weights: Path | None, profile: Profile, out: Path) -> int:
    """Write the picture of the held-back labels as SVG, and return the number of rows."""
    classifier, encoder = load_topic_classifier(weights, profile=profile), load_encoder(profile=profile)
    pairs: Counter[tuple[str, str]] = Counter()
    for row in read_labels(data, "dev"):
        readings = classify_text(row["text"], classifier, encoder)
        pairs[_name(row["topics"][0]), _name(readings[0].id) if readings else NONE] += 1
    out.write_text(build_confusion(pairs), encoding="utf-8")
    return pairs.total()


def build_confusion(pairs: Mapping[tuple[str, str], int]) -> str:
    """Return the picture of pairs (labelled, predicted): the darker a cell, the larger its share of the row."""
    rows = [_name(topic) for topic in list_topics(1)]
    columns = [*rows, NONE]
    width, height = LEFT + CELL * len(columns) + 10, TOP + CELL * len(rows) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT - 10}" y="{TOP - 12}" text-anchor="end" fill="#555">labelled ↓ predicted →</text>',
    ]
    for number, column in enumerate(columns):
        x, y = LEFT + CELL * number + CELL / 2 + 4, TOP - 8
        lines.append(f'<text transform="translate({x} {y}) rotate(-50)">{escape(_shorten(column))}</text>')
    for number, row in enumerate(rows):
        y = TOP + CELL * number
        total = sum(pairs.get((row, column), 0) for column in columns)
        lines.append(f'<text x="{LEFT - 10}" y="{y + 21}" text-anchor="end">{escape(_shorten(row))} ({total})</text>')
        for place, column in enumerate(columns):
            lines += _draw_cell(LEFT + CELL * place, y, pairs.get((row, column), 0), total, is_right=row == column)
    return "\n".join([*lines, "</svg>", ""])


def _draw_cell(x: int, y: int, count: int, total: int, *, is_right: bool) -> list[str]:
    share = count / total if total else 0.0
    colour = "#1a7f4b" if is_right else "#b3261e"
    cell = (
        f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{colour}" fill-opacity="{share:.3f}" '
        'stroke="#ddd"/>'
    )
    if not count:
        return [cell]
    ink = "#fff" if share > 0.5 else "#222"  # noqa: PLR2004 - white is readable on the darker half
    middle = x + CELL / 2 - 1
    return [cell, f'<text x="{middle}" y="{y + 20}" text-anchor="middle" fill="{ink}">{count}</text>']


def _name(topic: str) -> str:
    return read_topics()[topic].name


def _shorten(name: str) -> str:
    return name if len(name) <= SHORT else name[: SHORT - 1].rpartition(" ")[0].rstrip(",") + " …"
