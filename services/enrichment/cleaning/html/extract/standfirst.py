"""The standfirst: the paragraph between the headline and the body that sums the article up.

The extraction often leaves it out, because it is in the header of the page. It is recognised by what the page says of
itself: its description in the metadata is the standfirst, or begins with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.cleaning.html.metadata.linked_data import fold_title
from services.enrichment.cleaning.html.tree.landmarks import choose_landmark, find_first_visible
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.line import Line, split_lines

MIN_LETTERS = 30
"""Minimum number of letters that standfirst and description have in common."""

MIN_LANDMARK = 12
"""Minimum number of characters of a landmark; the standfirst is searched in a small part of the page."""

MAX_BEGINNING = 6_000
"""Number of characters of the body in which its first paragraphs are."""

MAX_PARAGRAPHS = 4
"""Number of first paragraphs of the body that are looked for in the page. The standfirst is before the one found."""

BEFORE, AFTER = 1_000, 4_000
"""Characters of markup around a landmark that are read."""


def add_standfirst(page: PageSource, body: str, descriptions: Sequence[str]) -> str:
    """Return an extract with the standfirst before its first paragraph, if the page has one and the extract has not.

    `descriptions` are those in the page's metadata.
    """
    paragraphs = [line for line in split_lines(body[:MAX_BEGINNING]) if line.is_prose]
    start = page.heading.start if page.heading else page.head_end
    end = _find_first_place(page, paragraphs[:MAX_PARAGRAPHS], start)
    for description in dict.fromkeys(descriptions) if end > start else ():
        line = _find_shown(page, description, start, end)
        if line:
            place = paragraphs[0].start
            return body if fold_title(line) in fold_title(body) else f"{body[:place]}{line}\n{body[place:]}"
    return body


def _find_first_place(page: PageSource, paragraphs: Sequence[Line], start: int) -> int:
    """Return the place in the page of the first paragraph that is found, or -1."""
    places = (find_first_visible(page.html, choose_landmark(line.text), page.hidden, start) for line in paragraphs)
    return next((place for place in places if place >= 0), -1)


def _find_shown(page: PageSource, description: str, start: int, end: int) -> str | None:
    """Return the line of a part of the page that is a description or begins like one."""
    landmark, folded = choose_landmark(description), fold_title(description)
    if len(landmark) < MIN_LANDMARK or len(folded) < MIN_LETTERS:
        return None
    place = find_first_visible(page.html, landmark, page.hidden, start, end)
    first = page.html.find("<", max(start, place - BEFORE), place)
    if place < 0 or first < 0:
        return None
    text = page.build_scanner().scan(first, min(end, place + AFTER)).text
    line = next((line for line in text.split("\n") if landmark in line), "").strip()
    key = fold_title(line)
    is_same = len(key) >= MIN_LETTERS and (key.startswith(folded) or folded.startswith(key))
    return line if is_same else None
