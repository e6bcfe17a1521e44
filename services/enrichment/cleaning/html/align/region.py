"""The part of a page that contains an extracted text, found by landmarks: plain strings of its first and last lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from services.enrichment.cleaning.html.tree.markup import MAX_TAG_CHARACTERS
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.offset_map import MappedText

PLAIN = re.compile(r"[\w ,.]+")
"""Characters that are the same in the page and in the extracted text, because pages do not write them as references."""

MIN_LANDMARK_CHARACTERS = 20
"""Minimum number of characters of a landmark; shorter strings occur many times on a page."""

MAX_LANDMARK_CHARACTERS = 40
"""Maximum number of characters of a landmark; in a longer string the page may have a line break."""

LANDMARK_LINES = 4
"""Lines at each end of the text whose landmarks are searched. Lines that are further than the margin from the landmark
that is found get no place."""

LANDMARK_REACH = 300
"""Characters of a line in which its landmark is chosen."""

MARGIN_CHARACTERS = 3_000
"""Characters of markup before the first and after the last landmark that are read, too: the length of a line with a
landmark in it and with many links."""

HEADING_CHARACTERS = 2_000
"""Characters of a heading's markup that are read."""


def scan_region(page: PageSource, text: str) -> tuple[MappedText, Outline]:
    """Return the visible text and the outline of the part of the page that has the lines of an extracted text.

    That is the whole page if the lines are not found. Reading only a part saves time, because an article is about a
    tenth of its page.
    """
    html, hidden = page.html, page.hidden
    scanner = page.scan()
    landmarks = [found for line in text.split("\n") if (found := _choose_landmark(line))]
    first_lines, last_lines = landmarks[:LANDMARK_LINES], landmarks[: -LANDMARK_LINES - 1 : -1]
    first = next((place for mark in first_lines if (place := _find_first(html, mark, hidden)) >= 0), -1)
    last = next((place for mark in last_lines if (place := _find_last(html, mark, hidden)) >= 0), -1)
    if first < 0 or last < first:
        return scanner.scan(0, len(html)), scanner.outline
    start = html.find("<", max(0, first - MARGIN_CHARACTERS))
    start = next((begin for begin, end in hidden if begin < start < end), start)
    heading = html.rfind("<h1", 0, start)
    if heading >= 0:
        scanner.scan(heading, min(start, heading + HEADING_CHARACTERS))
    return scanner.scan(start, min(len(html), last + MARGIN_CHARACTERS)), scanner.outline


def _choose_landmark(line: str) -> str | None:
    """Return the longest plain string of a line, or None if it is too short to identify a place on the page."""
    longest = max(PLAIN.findall(line[:LANDMARK_REACH]), key=len, default="")
    return longest[:MAX_LANDMARK_CHARACTERS] if len(longest) >= MIN_LANDMARK_CHARACTERS else None


def _find_first(html: str, text: str, hidden: Sequence[tuple[int, int]]) -> int:
    """Return the first visible place of a text in the page, or -1."""
    found = html.find(text)
    while found >= 0:
        after = _skip_hidden(html, found, hidden)
        if after == found:
            return found
        found = html.find(text, after)
    return -1


def _find_last(html: str, text: str, hidden: Sequence[tuple[int, int]]) -> int:
    """Return the last visible place of a text in the page, or -1."""
    found = html.rfind(text)
    while found >= 0 and _skip_hidden(html, found, hidden) != found:
        found = html.rfind(text, 0, found + len(text) - 1)
    return found


def _skip_hidden(html: str, place: int, hidden: Sequence[tuple[int, int]]) -> int:
    """Return the end of the tag or of the hidden part that a place is in, or the place itself if it is visible."""
    index = bisect_right(hidden, place, key=itemgetter(0)) - 1
    if index >= 0 and place < hidden[index][1]:
        return hidden[index][1]
    before = max(0, place - MAX_TAG_CHARACTERS)
    if html.rfind("<", before, place) > html.rfind(">", before, place):
        end = html.find(">", place)
        return len(html) if end < 0 else end
    return place
