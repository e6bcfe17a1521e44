"""Where the lines of an extracted text stand in the page that they come from.

A monotone scan: the long lines first, each behind the one before; then what lies between them, so that a short
line such as a name does not run off to the page's footer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.enrichment.cleaning.view import Piece, View

LONG_LINE = 60
"""Characters that hardly stand on a page twice by chance."""

ANCHOR_WORDS = 4
"""Words in a row that tell a place, for lines that do not stand there in one piece."""

REACH = 20_000
"""Characters behind the last place in which an anchor is looked for."""

MOST_MISSES = 500
"""Anchors looked for in vain, after which the rest goes without a place: bounds the time that a text with nothing
of the page in it takes."""

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
    for match in _find_matches(text, page.text):
        for run in page.runs(match.page_start, match.page_start + match.length):
            start = match.start + run.start - match.page_start
            pieces.append(Piece(start, run.raw_start, run.end - run.start))
    return View(text, tuple(pieces))


def _find_matches(text: str, page: str) -> list[Match]:
    lines = list(_lines(text))
    anchors = _place_long(lines, text, page)
    matches: list[Match] = []
    cursor, misses = 0, [0]
    for index, (start, end) in enumerate(lines):
        placed = anchors.get(index)
        if placed is not None:
            matches.append(Match(start, placed, end - start))
            cursor = placed + end - start
            continue
        limit = next((anchors[later] for later in range(index + 1, len(lines)) if later in anchors), len(page))
        found = page.find(text[start:end], cursor, min(limit, cursor + REACH))
        if found >= 0:
            matches.append(Match(start, found, end - start))
            cursor = found + end - start
            continue
        for match in _find_fragments(text, start, end, page, cursor, limit, misses):
            matches.append(match)
            cursor = match.page_start + match.length
    return matches


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", text):
        start = match.start() + (2 if match.group().startswith("- ") else 0)
        if start < match.end():
            yield start, match.end()


def _place_long(lines: list[tuple[int, int]], text: str, page: str) -> dict[int, int]:
    placed: dict[int, int] = {}
    cursor = 0
    for index, (start, end) in enumerate(lines):
        if end - start < LONG_LINE:
            continue
        found = page.find(text[start:end], cursor)
        if found >= 0:
            placed[index] = found
            cursor = found + end - start
    return placed


def _find_fragments(
    text: str, start: int, end: int, page: str, cursor: int, limit: int, misses: list[int]
) -> Iterator[Match]:
    words = [(match.start(), match.end()) for match in WORD.finditer(text, start, end)]
    index = 0
    while index < len(words) and misses[0] < MOST_MISSES:
        last = min(index + ANCHOR_WORDS, len(words)) - 1
        first = words[index][0]
        found = page.find(text[first : words[last][1]], cursor, min(limit, cursor + REACH))
        if found < 0 or last - index < ANCHOR_WORDS - 1:
            misses[0] += 1
            index += 1
            continue
        while last + 1 < len(words) and page.startswith(
            text[words[last][1] : words[last + 1][1]], found + words[last][1] - first
        ):
            last += 1
        yield Match(first, found, words[last][1] - first)
        cursor = found + words[last][1] - first
        index = last + 1
