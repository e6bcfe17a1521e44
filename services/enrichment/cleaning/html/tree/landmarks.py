"""Landmarks: plain strings of an extracted line, by which the line is found in the page's markup."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from services.enrichment.cleaning.html.tree.markup import MAX_TAG_CHARACTERS

PLAIN = re.compile(r"\w[\w ,.]*")
"""Characters that are the same in the page and in the extracted text, because pages do not write them as references."""

REACH = 300
"""Number of characters of a line in which its landmark is chosen."""

MAX_CHARACTERS = 40
"""Maximum number of characters of a landmark; in a longer string the page may have a line break."""


def choose_landmark(line: str) -> str:
    """Return the longest plain string at the beginning of a line; an empty text if there is none."""
    return max(PLAIN.findall(line[:REACH]), key=len, default="")[:MAX_CHARACTERS]


def find_first_visible(
    html: str, text: str, hidden: Sequence[tuple[int, int]], start: int = 0, end: int | None = None
) -> int:
    """Return the first visible place of a text in a part of the page, or -1."""
    found = html.find(text, start, end)
    while found >= 0:
        after = _skip_hidden(html, found, hidden)
        if after == found:
            return found
        found = html.find(text, after, end)
    return -1


def find_last_visible(html: str, text: str, hidden: Sequence[tuple[int, int]]) -> int:
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
