"""The part of a page that contains an extracted text, found by landmarks: plain strings of its first and last lines."""

from __future__ import annotations

from services.enrichment.cleaning.html.tree.landmarks import (
    choose_landmark,
    find_first_visible,
    find_last_visible,
)
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.line import UNSPACED_LETTER
from services.enrichment.cleaning.offset_map import MappedText

MIN_LANDMARK_LETTERS = 20
"""Minimum number of letters of a landmark; shorter strings occur many times on a page."""

UNSPACED_LETTER_WEIGHT = 2
"""Number of letters that one letter of a script without spaces counts for: its letters are syllables or words."""

LANDMARK_LINES = 4
"""Number of lines at each end of the text whose landmarks are searched. Lines further than the margin from the landmark
that is found get no place."""

MARGIN_CHARACTERS = 3_000
"""Number of characters of markup that are read before the first landmark and after the last one: the length of a line
that has a landmark and many links."""

HEADING_CHARACTERS = 2_000
"""Characters of a heading's markup that are read."""


def scan_region(page: PageSource, text: str) -> tuple[MappedText, Outline]:
    """Return the visible text and the outline of the part of the page that has the lines of an extracted text.

    That is the whole page if the lines are not found. Reading only a part saves time, because an article is about a
    tenth of its page.
    """
    html, hidden = page.html, page.hidden
    landmarks = [mark for line in text.split("\n") if _is_rare(mark := choose_landmark(line))]
    first_lines, last_lines = landmarks[:LANDMARK_LINES], landmarks[: -LANDMARK_LINES - 1 : -1]
    first = next((place for mark in first_lines if (place := find_first_visible(html, mark, hidden)) >= 0), -1)
    last = next((place for mark in last_lines if (place := find_last_visible(html, mark, hidden)) >= 0), -1)
    if first < 0 or last < first:
        return page.text, page.outline
    start = html.find("<", max(0, first - MARGIN_CHARACTERS))
    start = next((begin for begin, end in hidden if begin < start < end), start)
    scanner = page.build_scanner()
    heading = html.rfind("<h1", 0, start)
    if heading >= 0:
        scanner.scan(heading, min(start, heading + HEADING_CHARACTERS))
    return scanner.scan(start, min(len(html), last + MARGIN_CHARACTERS)), scanner.outline


def _is_rare(landmark: str) -> bool:
    """Return whether a landmark is long enough to occur once on a page."""
    if len(landmark) >= MIN_LANDMARK_LETTERS:
        return True
    unspaced = sum(1 for _ in UNSPACED_LETTER.finditer(landmark))
    return len(landmark) + (UNSPACED_LETTER_WEIGHT - 1) * unspaced >= MIN_LANDMARK_LETTERS
