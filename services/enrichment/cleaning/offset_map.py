"""A view of a raw text: the letters that rules read, each knowing where it stands in the raw text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from services.errors import PermanentError

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
"""C0 and C1 but newline and tab, Unicode's line and paragraph separators, the byte order mark. Controls of
writing direction stay: without them right-to-left text reads wrong."""

LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the view that stands letter for letter in the raw text."""

    start: int
    raw_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a piece: half-open in the view, with its beginning in the raw text."""

    start: int
    end: int
    raw_start: int


class View:
    """A text and its pieces, in the order of both the view and the raw text."""

    __slots__ = ("_starts", "pieces", "text")

    def __init__(self, text: str, pieces: tuple[Piece, ...]) -> None:
        self.text = text
        self.pieces = pieces
        self._starts = [piece.start for piece in pieces]

    def runs(self, start: int, end: int) -> Sequence[Run]:
        """The parts of pieces between two places of the view."""
        if len(self.pieces) == 1:
            return self._cut(self.pieces[0], start, end)
        found: list[Run] = []
        for index in range(max(0, bisect_right(self._starts, start) - 1), len(self.pieces)):
            piece = self.pieces[index]
            if piece.start >= end:
                break
            found += self._cut(piece, start, end)
        return found

    @staticmethod
    def _cut(piece: Piece, start: int, end: int) -> tuple[Run, ...]:
        first, last = max(start, piece.start), min(end, piece.start + piece.length)
        return (Run(first, last, piece.raw_start + first - piece.start),) if first < last else ()


MOST_CONTROLS = 50_000
"""Control characters of a text; what has more is no text. A mebi-character of lines of twenty letters with carriage
returns has as many."""


def view_text(raw: str) -> View:
    """The raw text without control characters; a line break other than a newline reads as a newline.

    Raises PermanentError for what is no text, by the number of its control characters.
    """
    if not CONTROL.search(raw):
        return View(raw, (Piece(0, 0, len(raw)),) if raw else ())
    if sum(1 for _ in islice(CONTROL.finditer(raw), MOST_CONTROLS + 1)) > MOST_CONTROLS:
        raise PermanentError(f"the text has more than {MOST_CONTROLS} control characters")
    parts: list[str] = []
    pieces: list[Piece] = []
    length = position = 0
    for control in CONTROL.finditer(raw):
        length = _append(raw, position, control.start(), length, parts, pieces)
        position = control.end()
        if LINE_BREAKS.match(control.group()) and not raw.startswith("\n", position):
            parts.append("\n")
            length += 1
    _append(raw, position, len(raw), length, parts, pieces)
    return View("".join(parts), tuple(pieces))


def _append(raw: str, start: int, end: int, length: int, parts: list[str], pieces: list[Piece]) -> int:
    if start < end:
        parts.append(raw[start:end])
        pieces.append(Piece(length, start, end - start))
    return length + end - start
