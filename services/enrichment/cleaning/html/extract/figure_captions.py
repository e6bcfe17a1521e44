"""Captions in the `<figcaption>` elements of a page, which are not in the body: trafilatura leaves figures out."""

from __future__ import annotations

import re
from itertools import islice

from services.enrichment.cleaning.html.tree.markup import MarkupScanner
from services.enrichment.cleaning.offset_map import MappedText, Segment

ELEMENT = re.compile(r"<figcaption\b[^<>]{0,2048}>", re.IGNORECASE)
END = re.compile(r"</figcaption", re.IGNORECASE)

MAX_CAPTIONS = 30
MAX_MARKUP_CHARACTERS = 4_000
MAX_CAPTION_CHARACTERS = 1_200
MIN_CAPTION_WORDS = 2

REACH = 12_000
"""Characters of markup before the first line of the body in which its first picture is."""


def add_captions(html: str, mapped: MappedText) -> tuple[MappedText, int]:
    """Return a body's text with the captions of its figures as the last lines, and the number of these lines.

    Only captions between the start and the end of the body count, and none that is in the body already.
    """
    if not mapped.segments:
        return mapped, 0
    start, end = max(0, mapped.segments[0].raw_start - REACH), max(part.raw_end for part in mapped.segments)
    parts, segments, length = [mapped.text], list(mapped.segments), len(mapped.text)
    known = set(mapped.text.split("\n"))
    taken = sorted((part.raw_start, part.raw_end) for part in mapped.segments)
    count = 0
    for match in islice(ELEMENT.finditer(html, start, end), MAX_CAPTIONS):
        closing = END.search(html, match.end(), min(len(html), match.end() + MAX_MARKUP_CHARACTERS))
        if closing is None or any(first < closing.start() and last > match.end() for first, last in taken):
            continue
        caption = MarkupScanner(html, ()).scan(match.end(), closing.start())
        text = max(caption.text.split("\n"), key=len).strip()
        if text in known or len(text.split()) < MIN_CAPTION_WORDS or len(text) > MAX_CAPTION_CHARACTERS:
            continue
        first = caption.text.find(text)
        known.add(text)
        parts.append(text)
        shift = length + 1 - first
        found = caption.find_segments(first, first + len(text))
        segments += [Segment(part.start + shift, part.end + shift, part.raw_start) for part in found]
        length += 1 + len(text)
        count += 1
    return MappedText("\n".join(parts), tuple(segments)), count
