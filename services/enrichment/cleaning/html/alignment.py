"""Where the lines of an extracted text stand in the page that they come from.

A monotone scan: the long lines first, each behind the one before; then what lies between them, so that a short
line such as a name does not run off to the page's footer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.enrichment.cleaning.offset_map import Piece, View

LONG_LINE = 60
"""Characters that hardly stand on a page twice by chance."""

ANCHOR_WORDS = 4
"""Words in a row that tell a place, for lines that do not stand there in one piece."""

REACH = 20_000
"""Characters behind the last place in which an anchor is looked for."""

MOST_MISSES = 500
"""Anchors looked for in vain, after which the rest goes without a place: bounds the time that a text with nothing
of the page in it takes."""

MOST_LONG_MISSES = 100
"""The same of long lines, which are looked for in all of the rest of the page."""

ITEM = "- "

WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of the extracted text and where the page's text has the same."""

    start: int
    page_start: int
    length: int


def align(text: str, page: View) -> View:
    """The extracted text with pieces that name its places in the raw page."""
    pieces: list[Piece] = []
    scan = _Scan(text, page.text)
    scan.run()
    for match in scan.matches:
        for run in page.runs(match.page_start, match.page_start + match.length):
            start = match.start + run.start - match.page_start
            pieces.append(Piece(start, run.raw_start, run.end - run.start))
    return View(text, tuple(pieces))


class _Scan:
    """One pass over a page: what has been found so far, and how often something was not."""

    def __init__(self, text: str, page: str) -> None:
        self._text = text
        self._page = page
        self._misses = 0
        self._cursor = 0
        self.matches: list[Match] = []

    def run(self) -> None:
        """Find every line that can be found."""
        lines = list(_lines(self._text))
        placed = self._place_long(lines)
        limits = [len(self._page)] * (len(lines) + 1)
        for index in range(len(lines) - 1, -1, -1):
            limits[index] = placed.get(index, limits[index + 1])
        for index, (start, end) in enumerate(lines):
            if index in placed:
                self._take(start, placed[index], end - start)
            elif self._misses < MOST_MISSES:
                self._find_short(start, end, min(limits[index], self._cursor + REACH))

    def _place_long(self, lines: list[tuple[int, int]]) -> dict[int, int]:
        placed: dict[int, int] = {}
        cursor = misses = 0
        for index, (start, end) in enumerate(lines):
            if end - start < LONG_LINE or misses >= MOST_LONG_MISSES:
                continue
            found = self._page.find(self._text[start:end], cursor)
            if found < 0:
                misses += 1
                continue
            placed[index] = found
            cursor = found + end - start
        return placed

    def _find_short(self, start: int, end: int, limit: int) -> None:
        found = self._page.find(self._text[start:end], self._cursor, limit)
        if found >= 0:
            self._take(start, found, end - start)
        else:
            self._misses += 1
            self._find_fragments(start, end, limit)

    def _find_fragments(self, start: int, end: int, limit: int) -> None:
        """The parts of a line that stand on the page although the line as a whole does not."""
        words = [(match.start(), match.end()) for match in WORD.finditer(self._text, start, end)]
        index = 0
        while index + ANCHOR_WORDS <= len(words) and self._misses < MOST_MISSES:
            last = index + ANCHOR_WORDS - 1
            first = words[index][0]
            found = self._page.find(self._text[first : words[last][1]], self._cursor, limit)
            if found < 0:
                self._misses += 1
                index += 1
                continue
            while last + 1 < len(words) and self._goes_on(words, last, found - first):
                last += 1
            self._take(first, found, words[last][1] - first)
            index = last + 1

    def _goes_on(self, words: list[tuple[int, int]], last: int, shift: int) -> bool:
        """Whether the page has the next word too, with the same blank before it."""
        end = words[last][1]
        return self._page.startswith(self._text[end : words[last + 1][1]], end + shift)

    def _take(self, start: int, page_start: int, length: int) -> None:
        self.matches.append(Match(start, page_start, length))
        self._cursor = page_start + length


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines without the mark that the extraction puts before a list's items."""
    for match in re.finditer(r"[^\n]+", text):
        start = match.start() + (len(ITEM) if match.group().startswith(ITEM) else 0)
        if start < match.end():
            yield start, match.end()
