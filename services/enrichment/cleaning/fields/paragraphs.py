"""The body's paragraphs, each the same letter for letter in the text."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.event import FieldName
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.spans import SpanRecorder

PARAGRAPH_BREAK = "\n\n"

MAX_WRAP_COLUMNS = 132
"""Columns of the widest hard-wrapped text: the width of line printers. Longer lines were never wrapped."""

MIN_WRAP_COLUMNS = 40
"""Columns of the narrowest text that programs wrap."""

WRAPPED_SHARE = 0.9
"""Share of the letters that must be in lines of at most `MAX_WRAP_COLUMNS` for the text to count as hard-wrapped."""

FULL_SHARE = 0.8
"""Share of the width from which a line that does not end a sentence continues in the next line."""

LONG_WORD_DIVISOR = 3
"""Divisor of the width: a word longer than this part of the width continues the line before it, however short that line
is. Such a word is an address, or a sentence in a script without spaces."""


def group_lines(lines: Sequence[Line], text: str, *, is_wrapped: bool = True) -> list[tuple[int, int]]:
    """Return the paragraphs as half-open ranges of the text.

    A paragraph is one line, or several lines if the text is hard-wrapped. It ends at an empty line, an indented line, a
    list item, or a line that had enough room for the first word of the next one. `is_wrapped` is False for texts that
    are known not to be hard-wrapped.
    """
    width = _find_wrap_width(lines) if is_wrapped else 0
    groups: list[tuple[int, int]] = []
    before: Line | None = None
    for line in lines:
        if before is not None and width and _continues(before, line, width, text):
            groups[-1] = (groups[-1][0], line.end)
        else:
            groups.append((line.start, line.end))
        before = line
    return groups


def write_body(
    recorder: SpanRecorder, paragraphs: Sequence[tuple[int, int]], text: str, name: FieldName = "body"
) -> str:
    """Join the paragraphs to the body's text and record the span of each."""
    parts: list[str] = []
    position = 0
    for start, end in paragraphs:
        recorder.keep(name, start, end, at=position)
        parts.append(text[start:end])
        position += end - start + len(PARAGRAPH_BREAK)
    return PARAGRAPH_BREAK.join(parts)


def _find_wrap_width(lines: Sequence[Line]) -> int:
    """Return the width in columns that the text was wrapped to; 0 if it was not wrapped."""
    total = sum(len(line.text) for line in lines)
    narrow = [len(line.text) for line in lines if len(line.text) <= MAX_WRAP_COLUMNS]
    if not narrow or sum(narrow) < WRAPPED_SHARE * total or max(narrow) < MIN_WRAP_COLUMNS:
        return 0
    return max(narrow)


def _continues(before: Line, line: Line, width: int, text: str) -> bool:
    """Return whether a line continues the paragraph of the line before it."""
    if line.has_gap_before or line.indent > before.indent or line.is_item:
        return False
    if text.count("\n", before.end, line.start) != 1:
        return False
    first_word = len(line.text.split(maxsplit=1)[0])
    needed = len(before.text) + 1 + first_word
    return needed > min(width, len(before.text) + 1 + width // LONG_WORD_DIVISOR) or _is_nearly_full(before, width)


def _is_nearly_full(line: Line, width: int) -> bool:
    return len(line.text) >= FULL_SHARE * width and not line.is_sentence
