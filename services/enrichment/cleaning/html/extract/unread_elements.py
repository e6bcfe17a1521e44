"""Removal of the elements of a page that trafilatura parses and throws away, because parsing takes most of its time."""

from __future__ import annotations

import re

ELEMENT = re.compile(r"<(nav|footer|aside|figure|picture|button|label)\b")
EMPTY = re.compile(r"<(?:img|source|link|meta|input)\b[^<>]{0,4096}>", re.IGNORECASE)

MAX_REACH = 200_000
"""Maximum number of characters of an element in which its end tag is searched."""

MAX_ELEMENTS = 1_000
"""Maximum number of elements that are removed; with `MAX_REACH` it bounds the time for a page of unclosed tags."""


def drop_unread(html: str) -> str:
    """Return a page without menus, footers, buttons and pictures; an element around another of its name stays."""
    parts: list[str] = []
    unclosed: set[str] = set()
    position = 0
    for _, match in zip(range(MAX_ELEMENTS), ELEMENT.finditer(html), strict=False):
        name, start = match[1], match.start()
        if start < position or name in unclosed:
            continue
        end = html.find(f"</{name}", match.end(), match.end() + MAX_REACH)
        if end < 0:
            unclosed.add(name)
        elif (
            not any(html.find(tag, match.end(), end) >= 0 for tag in (f"<{name}", "<table"))
            and (close := html.find(">", end)) >= 0
        ):
            parts.append(html[position:start])
            position = close + 1
    return EMPTY.sub("", "".join([*parts, html[position:]]))
