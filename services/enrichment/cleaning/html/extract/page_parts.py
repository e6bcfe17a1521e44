"""Joining of the parts of a body that a page splits by advertisements and other pages' headlines.

trafilatura chooses the one container with the most text as the article. The parts of the body are therefore joined in
one container before trafilatura reads the page.
"""

from __future__ import annotations

import re
from itertools import groupby, islice, pairwise

from services.enrichment.cleaning.html.tree.attributes import read_attributes

CONTAINER = re.compile(r"<div\b([^<>]{1,512})>(?=\s{0,64}<p\b)", re.IGNORECASE)
DIVISION = re.compile(r"<(/?)div\b[^<>]{0,2048}>", re.IGNORECASE)
PARAGRAPH = re.compile(r"<p\b", re.IGNORECASE)

NEW_ARTICLE = re.compile(r"<(?:h[1-4]|article|form)\b", re.IGNORECASE)
"""Tags that are between two articles, or between an article and its comments, and never between two parts of one
article."""

BODY = re.compile(r"(?:^|[\s_-])(?:article|body|content|entry|story|post|text)(?:$|[\s_-])", re.IGNORECASE)
"""A word in the class of a body's container."""

MIN_PARAGRAPHS = 2
"""Minimum number of paragraphs of a part; a box with one line or a teaser has only one paragraph."""

MAX_CONTAINERS = 200
"""Maximum number of containers of a page that are read."""

Part = tuple[int, int]
"""The half-open place of a container's content in the page."""


def join_parts(html: str) -> str:
    """Return the page with the parts of its body in one container, or the page itself if the body has one part."""
    containers = [(match[1], match.end()) for match in islice(CONTAINER.finditer(html), MAX_CONTAINERS)]
    named = [(tag, start) for tag, start in containers if BODY.search(read_attributes(tag).get("class", ""))]
    if len({tag for tag, _ in named}) == len(named):
        return html
    ends = _find_ends(html)
    groups = [[start for _, start in members] for _, members in groupby(sorted(named), key=lambda each: each[0])]
    parts = next((parts for starts in groups if (parts := _find_parts(starts, ends, html))), [])
    if not parts:
        return html
    (_, first_end), (_, last_end) = parts[0], parts[-1]
    return "".join([html[:first_end], *(html[start:end] for start, end in parts[1:]), html[last_end:]])


def _find_parts(starts: list[int], ends: dict[int, int], html: str) -> list[Part]:
    """Return the contents of equal containers if they are the parts of one body, else an empty list."""
    contents = [(start, ends[start]) for start in starts if start in ends]
    parts = [part for part in contents if sum(1 for _ in PARAGRAPH.finditer(html, *part)) >= MIN_PARAGRAPHS]
    if len(parts) <= 1 or any(a[1] > b[0] or NEW_ARTICLE.search(html, a[1], b[0]) for a, b in pairwise(parts)):
        return []
    return parts


def _find_ends(html: str) -> dict[int, int]:
    """Return the end of the content of each `<div>`, by the start of the content."""
    ends: dict[int, int] = {}
    open_divisions: list[int] = []
    for match in DIVISION.finditer(html):
        if not match[1]:
            open_divisions.append(match.end())
        elif open_divisions:
            ends[open_divisions.pop()] = match.start()
    return ends
