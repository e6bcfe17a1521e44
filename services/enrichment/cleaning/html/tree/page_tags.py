"""One pass over the markup of a page: its hidden parts, its JSON-LD, and the tags that metadata reads.

The pass jumps over what is hidden, so that scripts, which are most of a page, are not searched for tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

Span = tuple[int, int]
"""A half-open place in the page."""

NAMES = ("html", "meta", "link", "title", "h1", "h2", "h3", "h4", "time", "abbr")
"""Elements whose tags are recorded."""

HIDDEN_NAMES = "script style noscript template svg iframe head select textarea object".split()
"""Elements whose content is not visible."""

TAG = re.compile(
    rf"<(?:!--|({'|'.join(HIDDEN_NAMES)})\b|({'|'.join(NAMES)})\b([^<>]{{0,4096}})>?)",
    re.IGNORECASE,
)
"""Beginnings of comments and of elements whose content is not visible, and the tags that are recorded."""

ENDS = {name: re.compile(rf"</{name}\b[^<>]*>?", re.IGNORECASE) for name in HIDDEN_NAMES}
ENDS["head"] = re.compile(rf"{ENDS['head'].pattern}|<body\b", re.IGNORECASE)
"""The end tags of the hidden elements; the beginning of the body for a head without an end tag."""

COMMENT_END = "-->"

LINKED_DATA = re.compile(r"[^<>]{0,512}application/ld\+json[^<>]{0,512}>", re.IGNORECASE)
"""The rest of the tag of a script that is JSON-LD."""

MAX_TAGS = 2_000
"""Maximum number of tags of one name that are recorded."""


class Tag(NamedTuple):
    """A start tag of a page."""

    start: int
    end: int
    attributes: str
    """The text between the tag's name and its end."""


@dataclass(frozen=True, slots=True)
class PageTags:
    """The parts that one pass over a page finds."""

    hidden: list[Span] = field(default_factory=list)
    """The places of comments and of elements whose content is not visible, in order and not overlapping."""
    linked_data: list[Span] = field(default_factory=list)
    """The places of the contents of the JSON-LD scripts."""
    by_name: dict[str, list[Tag]] = field(default_factory=lambda: {name: [] for name in NAMES})
    """The visible tags, and those of the head, by the name of their element."""


def read_page_tags(html: str) -> PageTags:
    """Read the hidden parts and the tags of a page."""
    tags = PageTags()
    position = covered = 0
    while match := TAG.search(html, position):
        if match[2] is not None:
            known = tags.by_name[match[2].lower()]
            if len(known) < MAX_TAGS:
                known.append(Tag(match.start(), match.end(), match[3]))
            position = match.end()
            continue
        name = match[1].lower() if match[1] else None
        if name == "head" and position < covered:
            position = match.end()  # a head in the head has no end of its own
            continue
        content_end, end = _find_hidden_end(html, name, match.end())
        if end > covered:
            tags.hidden.append((max(covered, match.start()), end))
            covered = end
        if name == "script" and (opening := LINKED_DATA.match(html, match.end())):
            tags.linked_data.append((opening.end(), content_end))
        position = match.end() if name == "head" else end
    return tags


def _find_hidden_end(html: str, name: str | None, start: int) -> Span:
    """Return where the content of a hidden element ends, and where its end tag ends; without a name, it is a comment.

    The element's tag begins before `start`. A part without an end continues to the end of the page.
    """
    if name is None:
        found = html.find(COMMENT_END, start)
        return (len(html), len(html)) if found < 0 else (found, found + len(COMMENT_END))
    end = ENDS[name].search(html, start)
    if end is None:
        return len(html), len(html)
    return end.start(), end.end() if end.group().startswith("</") else end.start()
