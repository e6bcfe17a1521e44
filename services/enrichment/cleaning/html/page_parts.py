"""Pages whose body is cut in parts, with advertisements and other pages' headlines between equal containers.

trafilatura takes the one part for the article that has most text. Here the parts are laid together before it looks.
"""

from __future__ import annotations

import re
from itertools import groupby, islice, pairwise

from services.enrichment.cleaning.html.attributes import read_attributes

CONTAINER = re.compile(r"<div\b([^<>]{1,512})>(?=\s{0,64}<p\b)", re.IGNORECASE)
DIVISION = re.compile(r"<(/?)div\b[^<>]{0,2048}>", re.IGNORECASE)
PARAGRAPH = re.compile(r"<p\b", re.IGNORECASE)

ANOTHER = re.compile(r"<(?:h[1-4]|article|form)\b", re.IGNORECASE)
"""What stands between two articles, or an article and its comments, and not between two parts of one."""

BODY = re.compile(r"(?:^|[\s_-])(?:article|body|content|entry|story|post|text)(?:$|[\s_-])", re.IGNORECASE)
"""A word in the class of a container of a body."""

LEAST_PARAGRAPHS = 2
"""Of a part; a box with a line or a teaser has one."""

MOST_CONTAINERS = 200
"""That are looked at."""

Part = tuple[int, int]


def join_parts(html: str) -> str:
    """Return the page with the parts of its body in one container; the page itself where there is but one."""
    found = [(match[1], match.end()) for match in islice(CONTAINER.finditer(html), MOST_CONTAINERS)]
    named = [(tag, start) for tag, start in found if BODY.search(read_attributes(tag).get("class", ""))]
    if len({tag for tag, _ in named}) == len(named):
        return html
    ends = _find_ends(html)
    alike = [[start for _, start in members] for _, members in groupby(sorted(named), key=lambda each: each[0])]
    parts = next((parts for starts in alike if (parts := _choose(starts, ends, html))), [])
    if not parts:
        return html
    (_, first_end), (_, last_end) = parts[0], parts[-1]
    return "".join([html[:first_end], *(html[start:end] for start, end in parts[1:]), html[last_end:]])


def _choose(starts: list[int], ends: dict[int, int], html: str) -> list[Part]:
    """Return the equal containers that follow each other as parts of one body, or none."""
    parts = [(start, ends[start]) for start in starts if start in ends]
    held = [part for part in parts if sum(1 for _ in PARAGRAPH.finditer(html, *part)) >= LEAST_PARAGRAPHS]
    if len(held) < 2 or any(a[1] > b[0] or ANOTHER.search(html, a[1], b[0]) for a, b in pairwise(held)):
        return []
    return held


def _find_ends(html: str) -> dict[int, int]:
    """Return where the content of each division ends, by where it begins."""
    ends: dict[int, int] = {}
    open_at: list[int] = []
    for match in DIVISION.finditer(html):
        if not match[1]:
            open_at.append(match.end())
        elif open_at:
            ends[open_at.pop()] = match.start()
    return ends
