"""The place of the chosen text in the page, with the title before it and the captions after it."""

from __future__ import annotations

from dataclasses import dataclass

from services.enrichment.cleaning.html.align.alignment import align
from services.enrichment.cleaning.html.align.region import scan_region
from services.enrichment.cleaning.html.extract.body_text import map_body
from services.enrichment.cleaning.html.extract.choice import Choice
from services.enrichment.cleaning.html.extract.figure_captions import add_captions
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.offset_map import MappedText, Segment

MIN_ALIGNED_SHARE = 0.5
"""Minimum share of the extracted letters that must have a place in a part of the page; else the whole page is read."""

MAX_SEGMENTS = 10_000
"""Maximum number of segments of a page's text; a text with more loses its map to the page. A page with each word in a
tag of its own is no news page, and spans for each word are of no use."""

MAX_PLACES = 200
"""Maximum number of places of a title before the body that are tried; a title of one letter has thousands."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text with its map to the page: the title as first line, if there is one, and captions as the last lines."""

    mapped: MappedText
    captions: int = 0
    outline: Outline | None = None
    """The outline of the part of the page that the text was extracted from."""


def place(page: PageSource, choice: Choice, title: str | None) -> PlacedText:
    """Return the chosen text with its map to the page."""
    if choice.way == "extract":
        return _place_extract(page, choice.mapped.text, title)
    if choice.way == "stated":
        return PlacedText(limit_segments(_add_title(map_body(page.html, choice.mapped.text), page.text, title)))
    return PlacedText(limit_segments(_add_title(choice.mapped, MappedText("", ()), title)))


def limit_segments(mapped: MappedText) -> MappedText:
    """Return the text, without its map if that has too many segments."""
    return mapped if len(mapped.segments) <= MAX_SEGMENTS else MappedText(mapped.text, ())


def _place_extract(page: PageSource, body: str, title: str | None) -> PlacedText:
    region, outline = scan_region(page, body)
    mapped = align(body, region)
    if _count_mapped(mapped) < MIN_ALIGNED_SHARE * len(body):
        region, outline = page.text, page.outline
        mapped = align(body, region)
    mapped, captions = add_captions(page.html, limit_segments(mapped))
    return PlacedText(_add_title(mapped, region, title), captions, outline)


def _count_mapped(mapped: MappedText) -> int:
    """Return the number of characters that have a place in the page."""
    return sum(segment.end - segment.start for segment in mapped.segments)


def _add_title(mapped: MappedText, page: MappedText, title: str | None) -> MappedText:
    """Return the text with the title as its first line, mapped to a place of the title before the body in the page."""
    if title is None or mapped.text.split("\n", 1)[0].casefold() == title.casefold():
        return mapped
    shift = len(title) + 1
    body = (Segment(part.start + shift, part.end + shift, part.raw_start) for part in mapped.segments)
    return MappedText(f"{title}\n{mapped.text}", (*_find_title(mapped, page, title), *body))


def _find_title(mapped: MappedText, page: MappedText, title: str) -> list[Segment]:
    """Return the segments of the first free place of a title before the body in the page; none if there is none."""
    body_start = mapped.segments[0].raw_start if mapped.segments else 0
    taken = [(part.raw_start, part.raw_end) for part in mapped.segments if part.raw_start < body_start]
    place = -1
    for _ in range(MAX_PLACES):
        place = page.text.find(title, place + 1)
        if place < 0:
            break
        found = page.find_segments(place, place + len(title))
        if not found:
            continue
        first, last = found[0].raw_start, found[-1].raw_end
        if last > body_start:
            break
        if not any(start < last and end > first for start, end in taken):
            return [Segment(part.start - place, part.end - place, part.raw_start) for part in found]
    return []
