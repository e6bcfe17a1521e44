"""Alignment of an extracted text with the page that it comes from.

The scan goes through text and page in one direction. It places the long lines first, each after the one before. Then it
places the lines between them, so that a short line such as a name is not found in the page's footer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.enrichment.cleaning.offset_map import MappedText, Segment

MIN_LONG_LINE = 60
"""Minimum number of characters of a line that hardly occurs twice on a page by chance."""

ANCHOR_WORDS = 4
"""Words in a row that identify a place, for lines that are not on the page in one piece."""

MAX_REACH = 20_000
"""Maximum number of characters after the last match in which a short line or an anchor is searched."""

MAX_MISSES = 500
"""Maximum number of searches for short lines and anchors that may fail; the rest of the text then gets no place. This
bounds the time for a text that has nothing in common with the page."""

MAX_LONG_MISSES = 100
"""Maximum number of searches for long lines that may fail; each goes through all the rest of the page."""

ITEM = "- "
"""Mark that the extraction puts before a list's items."""

WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of the extracted text that is the same in the page's text."""

    start: int
    page_start: int
    length: int


def align(text: str, page: MappedText) -> MappedText:
    """Return the extracted text with a map to the raw page; `page` is the page's text with its own map.

    Lines that the page has in one block with a space between them are joined: only the markup has a line break there.
    """
    segments: list[Segment] = []
    matches = _Scan(text, page.text).find_matches()
    text = _join_wrapped(text, matches, page.text)
    for match in matches:
        for found in page.find_segments(match.page_start, match.page_start + match.length):
            shift = match.start - match.page_start
            segments.append(Segment(found.start + shift, found.end + shift, found.raw_start))
    return MappedText(text, tuple(segments))


def _join_wrapped(text: str, matches: Sequence[Match], page: str) -> str:
    """Return the text with a space for each line break where the page's text has a space."""
    parts: list[str] = []
    position = 0
    for before, after in pairwise(matches):
        end, page_end = before.start + before.length, before.page_start + before.length
        if after.start == end + 1 and after.page_start == page_end + 1 and text[end] == "\n" and page[page_end] == " ":
            parts += [text[position:end], " "]
            position = end + 1
    return "".join([*parts, text[position:]])


class _Scan:
    """One pass over a text and a page, with the matches and the number of failed searches so far."""

    def __init__(self, text: str, page: str) -> None:
        self._text = text
        self._page = page
        self._misses = 0
        self._cursor = 0
        self._matches: list[Match] = []

    def find_matches(self) -> list[Match]:
        """Return the places of all lines, or parts of lines, that can be found."""
        lines = list(_split_lines(self._text))
        placed = self._place_long_lines(lines)
        # Each line must be before the next long line that has a place.
        limits = [len(self._page)] * (len(lines) + 1)
        for index in range(len(lines) - 1, -1, -1):
            limits[index] = placed.get(index, limits[index + 1])
        for index, (start, end) in enumerate(lines):
            if index in placed:
                self._add_match(start, placed[index], end - start)
            elif self._misses < MAX_MISSES:
                self._place_short_line(start, end, min(limits[index], self._cursor + MAX_REACH))
        return self._matches

    def _place_long_lines(self, lines: list[tuple[int, int]]) -> dict[int, int]:
        """Return the places in the page of the long lines that are there in one piece, by the number of the line."""
        placed: dict[int, int] = {}
        cursor = misses = 0
        for index, (start, end) in enumerate(lines):
            if end - start < MIN_LONG_LINE or misses >= MAX_LONG_MISSES:
                continue
            found = self._page.find(self._text[start:end], cursor)
            if found < 0:
                misses += 1
                continue
            placed[index] = found
            cursor = found + end - start
        return placed

    def _place_short_line(self, start: int, end: int, limit: int) -> None:
        found = self._page.find(self._text[start:end], self._cursor, limit)
        if found >= 0:
            self._add_match(start, found, end - start)
        else:
            self._misses += 1
            self._place_fragments(start, end, limit)

    def _place_fragments(self, start: int, end: int, limit: int) -> None:
        """Place the parts of a line that are on the page although the whole line is not."""
        words = [(match.start(), match.end()) for match in WORD.finditer(self._text, start, end)]
        index = 0
        while index + ANCHOR_WORDS <= len(words) and self._misses < MAX_MISSES:
            last = index + ANCHOR_WORDS - 1
            first = words[index][0]
            found = self._page.find(self._text[first : words[last][1]], self._cursor, limit)
            if found < 0:
                self._misses += 1
                index += 1
                continue
            while last + 1 < len(words) and self._has_next_word(words, last, found - first, limit):
                last += 1
            self._add_match(first, found, words[last][1] - first)
            index = last + 1

    def _has_next_word(self, words: list[tuple[int, int]], last: int, shift: int, limit: int) -> bool:
        """Return whether the page has the next word before the limit, too, with the same blank before it."""
        end = words[last][1]
        word = self._text[end : words[last + 1][1]]
        return self._page.startswith(word, end + shift, limit)

    def _add_match(self, start: int, page_start: int, length: int) -> None:
        self._matches.append(Match(start, page_start, length))
        self._cursor = page_start + length


def _split_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the lines in the text, without the mark before a list's items."""
    for match in re.finditer(r"[^\n]+", text):
        start = match.start() + (len(ITEM) if match.group().startswith(ITEM) else 0)
        if start < match.end():
            yield start, match.end()
