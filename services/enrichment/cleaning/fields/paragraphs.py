"""The body: paragraphs, each a verbatim stretch of the raw text."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.event import FieldName
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.spans import Ledger

JOINT = "\n\n"

WIDEST_WRAP = 132
"""Columns of the widest hard-wrapped text, that of old line printers; longer lines were never wrapped."""

WRAPPED_SHARE = 0.9
"""Of the letters that stand in lines no wider than that when a text is hard-wrapped."""

SHORTEST_WRAP = 40
"""Columns of the narrowest text that programs wrap."""


def group_lines(lines: Sequence[Line], text: str, *, is_wrapped: bool = True) -> list[tuple[int, int]]:
    """The paragraphs, half open in the view: a line each, or several where the text is hard-wrapped.

    An empty or an indented line, an item or a line that the next word would still have fitted into ends one.
    """
    width = _find_width(lines) if is_wrapped else 0
    groups: list[tuple[int, int]] = []
    before: Line | None = None
    for line in lines:
        if before is not None and width and _is_continued(before, line, width, text):
            groups[-1] = (groups[-1][0], line.end)
        else:
            groups.append((line.start, line.end))
        before = line
    return groups


def write_body(ledger: Ledger, paragraphs: Sequence[tuple[int, int]], text: str, name: FieldName = "body") -> str:
    """Join the paragraphs, noting where each stands."""
    parts: list[str] = []
    position = 0
    for start, end in paragraphs:
        ledger.keep(name, start, end, at=position)
        parts.append(text[start:end])
        position += end - start + len(JOINT)
    return JOINT.join(parts)


def _find_width(lines: Sequence[Line]) -> int:
    """The width that the text was wrapped to; 0 when it was not."""
    total = sum(len(line.text) for line in lines)
    narrow = [len(line.text) for line in lines if len(line.text) <= WIDEST_WRAP]
    if not narrow or sum(narrow) < WRAPPED_SHARE * total or max(narrow) < SHORTEST_WRAP:
        return 0
    return max(narrow)


def _is_continued(before: Line, line: Line, width: int, text: str) -> bool:
    if line.gap or line.indent > before.indent or line.bullet or text.count("\n", before.end, line.start) != 1:
        return False
    first_word = len(line.text.split(maxsplit=1)[0])
    return len(before.text) + 1 + first_word > min(width, len(before.text) + 1 + width // 3) or _nearly(before, width)


def _nearly(before: Line, width: int) -> bool:
    return len(before.text) >= 0.8 * width and not before.is_sentence
