"""The article's body as the JSON-LD of a page contains it, with a map to the page."""

from __future__ import annotations

import json
import re
from itertools import islice

from services.enrichment.cleaning.html.metadata.linked_data import Node, read_text
from services.enrichment.cleaning.offset_map import MappedText, Segment

START = re.compile(r'"articleBody"\s{0,20}:\s{0,20}"')
PIECE = re.compile(r'\\u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\.|[^"\\\n]+|\n')
MARKUP = re.compile(r"<(?:p|br|div|a|b|i|em|strong|h\d|img|span)\b[^<>]*>", re.IGNORECASE)

MAX_PLACES = 20
"""Maximum number of places of the page that are compared with the text."""

COMPARED = 60
"""Number of characters of a text that are compared."""


def read_body(article: Node) -> str:
    """Return the `articleBody` of an article's node; an empty text if it has none or if that is HTML."""
    body = read_text(article.get("articleBody")).strip()
    return "" if MARKUP.search(body) else body


def map_body(html: str, body: str) -> MappedText:
    """Return a body with its map to the page, or without one if the page does not contain it in JSON."""
    for match in islice(START.finditer(html), MAX_PLACES):
        mapped = _map_string(html, match.end(), len(body) + COMPARED)
        start = mapped.text.find(body)
        if start >= 0:
            segments = mapped.find_segments(start, start + len(body))
            return MappedText(
                body, tuple(Segment(part.start - start, part.end - start, part.raw_start) for part in segments)
            )
    return MappedText(body, ())


def _map_string(html: str, start: int, length: int) -> MappedText:
    """Return the text of a JSON string that begins at `start`, up to about `length` characters."""
    parts: list[str] = []
    segments: list[Segment] = []
    position, size = start, 0
    while size < length and (piece := PIECE.match(html, position)):
        text = piece.group()
        if text.startswith("\\"):
            try:
                text = json.loads(f'"{text}"')
            except ValueError:
                break
        else:
            segments.append(Segment(size, size + len(text), position))
        parts.append(text)
        size += len(text)
        position = piece.end()
    return MappedText("".join(parts), tuple(segments))
