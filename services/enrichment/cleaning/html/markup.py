"""The text of an HTML page with where each letter stands in it: a scan, not a parse, so that offsets survive."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from html import unescape
from operator import itemgetter

from services.enrichment.cleaning.offset_map import Piece, View

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


PLAIN = re.compile(r"[\w ,.]+")
"""What stands on a page as it stands in the extracted text, whatever the page writes as references."""

SHORTEST_LANDMARK = 20
"""Characters; shorter ones stand on a page many times."""

LONGEST_LANDMARK = 40
"""Characters; in a longer one the page is likelier to break a line."""

TRIED = 4
"""Lines at either end of the text whose landmark is looked for; what lies beyond the margin of the one that is found
goes without a place."""

LANDMARK_REACH = 300
"""Characters of a line in which its landmark is looked for."""

MARGIN = 3_000
"""Characters of markup around the first and last landmark that are read too: what a line with a landmark in it
can take, links and all."""

HEADING = 2_000
"""Characters of a heading's markup that are read."""


class MarkupScanner:
    """Collects the text of a page. Lines are blocks; blanks within a line become one space."""

    def __init__(self, html: str, unread: Sequence[tuple[int, int]]) -> None:
        self._html = html
        self._unread = unread
        self._parts: list[str] = []
        self._pieces: list[Piece] = []
        self._length = 0
        self._last = "\n"

    def scan(self, first: int, last: int) -> View:
        """The text between two places of the page, the first outside of tags, added to that of earlier scans."""
        position = first
        for start, end in self._unread:
            if end > position and start < last:
                self._scan_tags(position, start)
                position = end
        self._scan_tags(position, last)
        return View("".join(self._parts), tuple(self._pieces))

    def _scan_tags(self, position: int, end: int) -> None:
        html = self._html
        for tag in TAG.finditer(html, position, end):
            start = tag.start()
            if position < start:
                self._add_text(position, start)
            name = tag[1]
            if self._last != "\n" and (name is None or name.lower() not in INLINE):
                self._write("\n", None)
            position = tag.end()
        if position < end:
            self._add_text(position, end)

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
        if raw_start is not None:
            self._add_piece(raw_start, len(text))
        self._parts.append(text)
        self._length += len(text)
        self._last = text[-1]

    def _add_piece(self, raw_start: int, length: int) -> None:
        before = self._pieces[-1] if self._pieces else None
        if before and before.raw_start + before.length == raw_start and before.start + before.length == self._length:
            self._pieces[-1] = Piece(before.start, before.raw_start, before.length + length)
        else:
            self._pieces.append(Piece(self._length, raw_start, length))


def view_markup(html: str) -> View:
    """What a reader of the page sees, a line a block."""
    return MarkupScanner(html, find_unread(html)).scan(0, len(html))


def view_region(html: str, text: str) -> View:
    """What a reader sees of the part of the page in which the lines of an extracted text stand.

    The whole page where they cannot be found as they are. An article is a tenth of its page: scanning no more
    than it keeps this cheap beside the extraction.
    """
    unread = find_unread(html)
    landmarks = [found for line in text.split("\n") if (found := _find_landmark(line))]
    first = next((at for mark in landmarks[:TRIED] if (at := _find_first(html, mark, unread)) >= 0), -1)
    last = next((at for mark in landmarks[: -TRIED - 1 : -1] if (at := _find_last(html, mark, unread)) >= 0), -1)
    if first < 0 or last < first:
        return view_markup(html)
    start = html.find("<", max(0, first - MARGIN))
    start = next((begin for begin, end in unread if begin < start < end), start)
    scanner = MarkupScanner(html, unread)
    heading = html.rfind("<h1", 0, start)
    if heading >= 0:
        scanner.scan(heading, min(start, heading + HEADING))
    return scanner.scan(start, min(len(html), last + MARGIN))


def _find_landmark(line: str) -> str | None:
    longest = max(PLAIN.findall(line[:LANDMARK_REACH]), key=len, default="")
    return longest[:LONGEST_LANDMARK] if len(longest) >= SHORTEST_LANDMARK else None


def _find_first(html: str, text: str, unread: Sequence[tuple[int, int]]) -> int:
    """The first place of a text that a reader sees; -1 when there is none."""
    found = html.find(text)
    while found >= 0:
        after = _leave_hidden(html, found, unread)
        if after == found:
            return found
        found = html.find(text, after)
    return -1


def _find_last(html: str, text: str, unread: Sequence[tuple[int, int]]) -> int:
    """The last place of a text that a reader sees; -1 when there is none."""
    found = html.rfind(text)
    while found >= 0 and _leave_hidden(html, found, unread) != found:
        found = html.rfind(text, 0, found + len(text) - 1)
    return found


def _leave_hidden(html: str, place: int, unread: Sequence[tuple[int, int]]) -> int:
    """The place itself, or the end of the tag or the unread part that it lies in."""
    index = bisect_right(unread, place, key=itemgetter(0)) - 1
    if index >= 0 and place < unread[index][1]:
        return unread[index][1]
    before = max(0, place - LONGEST_TAG)
    if html.rfind("<", before, place) > html.rfind(">", before, place):
        end = html.find(">", place)
        return len(html) if end < 0 else end
    return place


def find_unread(html: str) -> list[tuple[int, int]]:
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
