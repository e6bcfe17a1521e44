"""The text of an HTML page with where each letter stands in it: a scan, not a parse, so that offsets survive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from services.enrichment.cleaning.view import Piece, View

UNREAD = re.compile(r"<(script|style|noscript|template|svg|iframe|head|select|textarea|object)\b|<!--", re.IGNORECASE)
"""Elements, and comments, whose content nobody reads on the page."""

LONGEST_TAG = 4_096
"""Characters of a tag; a longer one is cut short, which bounds what a missing bracket costs."""

TAG = re.compile(rf"<(?:/?([a-zA-Z][a-zA-Z0-9]{{0,15}})|[/!?])[^<>]{{0,{LONGEST_TAG}}}>?")

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub"
    " sup time tt u var wbr".split()
)
"""Elements that do not break a line of text."""

WORDS = re.compile(r"[^\s&]+(?: [^\s&]+)*|(\s+)|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?|&+")
"""Stretches that stand in the text as they are, blanks that become one, and character references."""


NESTING = frozenset(
    "div section article aside nav header footer main ul ol dl table form blockquote figure center fieldset details"
    " dialog".split()
)
"""Elements whose depth is counted: pages close them, as the others they often do not."""

ITEMS = frozenset("li dt dd td th option tr".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 summary".split())

FURNITURE = frozenset("nav aside footer form dialog".split())
"""Elements that hold what stands around an article."""

HINT = re.compile(
    r"comment|related|share|sharing|social|promo|newsletter|sidebar|footer|\bnav|menu|recommend|trending|popular"
    r"|breadcrumb|widget|sign-?up|sponsor|advert|caption|credit|author|byline|\btags?\b|subscribe|cookie|disclaim"
    r"|outbrain|taboola|read-?more|read-?next|most-?read|carousel|gallery|teaser|paywall",
    re.IGNORECASE,
)
"""Words in the attributes of elements that hold the same, as publishers name their classes."""


@dataclass(slots=True)
class Block:
    """A line of the page's text and what is around it."""

    start: int
    """In the view."""
    depth: int
    tag: str
    """The last element that broke the line before it, in small letters."""
    furniture: bool
    letters: int = 0
    link_letters: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page, a line a block, and its blocks."""

    view: View
    blocks: Sequence[Block]


class MarkupScanner:
    """Collects the text of a page. Lines are blocks; blanks within a line become one space."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._parts: list[str] = []
        self._pieces: list[Piece] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._last = "\n"
        self._tag = ""
        self._depth = 0
        self._hidden_at = NOWHERE
        """The depth of the outermost element open that holds furniture."""
        self._is_link = False

    def scan(self, unread: Sequence[tuple[int, int]]) -> Page:
        """The text but for the parts that nobody reads."""
        position = 0
        for start, end in unread:
            self._scan_tags(position, start)
            position = end
        self._scan_tags(position, len(self._html))
        return Page(View("".join(self._parts), tuple(self._pieces)), self._blocks)

    def _scan_tags(self, position: int, end: int) -> None:
        html = self._html
        for tag in TAG.finditer(html, position, end):
            start = tag.start()
            if position < start:
                self._add_text(position, start)
            position = tag.end()
            name = tag[1]
            if name is None:
                self._break_line()
                continue
            name = name.lower()
            if name in INLINE:
                if name == "a":
                    self._is_link = html[start + 1] != "/"
                continue
            self._break_line()
            self._tag = name
            if name in NESTING:
                self._nest(name, tag.group())
        if position < end:
            self._add_text(position, end)

    def _break_line(self) -> None:
        if self._last != "\n":
            self._write("\n", None)

    def _nest(self, name: str, tag: str) -> None:
        if tag[1] != "/":
            self._depth += 1
            if self._depth < self._hidden_at and (name in FURNITURE or HINT.search(tag)):
                self._hidden_at = self._depth
        elif self._depth:
            self._depth -= 1
            if self._depth < self._hidden_at:
                self._hidden_at = NOWHERE

    def _add_text(self, start: int, end: int) -> None:
        text = self._html[start:end]
        if text.isspace():
            self._add_blank(start if text == " " else None)
            return
        for match in WORDS.finditer(text):
            word = match.group()
            if match[1] is not None:
                self._add_blank(start + match.start() if word == " " else None)
            elif word[0] == "&":
                decoded = unescape(word)
                if decoded.isspace():
                    self._add_blank(None)
                else:
                    self._write(decoded, start + match.start() if decoded == word else None)
            else:
                self._write(word, start + match.start())

    def _add_blank(self, raw_start: int | None) -> None:
        if self._last not in " \n":
            self._write(" ", raw_start)

    def _write(self, text: str, raw_start: int | None) -> None:
        length = len(text)
        if text != "\n":
            if self._last == "\n":
                is_furniture = self._hidden_at <= self._depth
                self._blocks.append(Block(self._length, self._depth, self._tag, is_furniture))
            block = self._blocks[-1]
            block.letters += length
            if self._is_link:
                block.link_letters += length
        if raw_start is not None:
            self._add_piece(raw_start, length)
        self._parts.append(text)
        self._length += length
        self._last = text[-1]

    def _add_piece(self, raw_start: int, length: int) -> None:
        before = self._pieces[-1] if self._pieces else None
        if before and before.raw_start + before.length == raw_start and before.start + before.length == self._length:
            self._pieces[-1] = Piece(before.start, before.raw_start, before.length + length)
        else:
            self._pieces.append(Piece(self._length, raw_start, length))


NOWHERE = 1_000_000
"""A depth that no page has."""


def view_markup(html: str) -> Page:
    """What a reader of the page sees, a line a block."""
    return MarkupScanner(html).scan(find_unread(html))


def find_unread(html: str) -> list[tuple[int, int]]:
    """Where the parts of a page stand that nobody reads, in their order."""
    spans: list[tuple[int, int]] = []
    position = 0
    while match := UNREAD.search(html, position):
        name = match[1]
        if name is None:
            found = html.find("-->", match.end())
            position = len(html) if found < 0 else found + 3
        else:
            close = re.compile(
                rf"</{name}\b[^<>]*>?|<body\b" if name.lower() == "head" else rf"</{name}\b[^<>]*>?", re.I
            )
            end = close.search(html, match.end())
            position = (
                len(html) if end is None else end.start() if end.group().lower().startswith("<body") else end.end()
            )
        spans.append((match.start(), position))
    return spans
