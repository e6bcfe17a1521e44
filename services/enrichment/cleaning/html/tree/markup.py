"""The visible text of an HTML page, with a map to the page. The page is scanned and not parsed, to keep the offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import unescape

from services.contracts.text.references import REFERENCE
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.offset_map import MappedText, Segment

MAX_TAG_CHARACTERS = 4_096
"""Maximum number of characters of a tag; a longer one is cut, so that a missing bracket does not cost the rest of the
page."""

TAG = re.compile(rf"<!\[CDATA\[|\]\]>|<(?:/?([a-zA-Z][a-zA-Z0-9]{{0,15}})|[/!?])[^<>]{{0,{MAX_TAG_CHARACTERS}}}>?")

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub"
    " sup time tt u var wbr".split()
)
"""Elements that do not break a line of text."""

RUN = re.compile(r"[^\s&]+(?: [^\s&]+)*")
"""A text that is the same in markup and visible text: words with one space between them, without references."""

WORDS = re.compile(rf"{RUN.pattern}|(\s+)|{REFERENCE.pattern}?|&+")
"""Stretches that the text has unchanged, blanks that become one space, and character references, whose end mark may be
missing."""


@lru_cache(maxsize=1_024)
def decode_reference(reference: str) -> str:
    """Return the character of a reference such as "&amp;"."""
    return unescape(reference)


class MarkupScanner:
    """Scanner of a page's visible text: each block is one line, and blanks within a line become one space."""

    def __init__(self, html: str, hidden: Sequence[tuple[int, int]]) -> None:
        self._html = html
        self._hidden = hidden
        self.outline = Outline()
        self._parts: list[str] = []
        self._segments: list[Segment] = []
        self._run = (0, 0, 0)
        """The last segment, which may still grow: start and end in the text, and end in the page."""
        self._length = 0
        self._last = "\n"

    def scan(self, first: int, last: int) -> MappedText:
        """Return the text of the earlier scans and of html[first:last]; `first` must be outside of tags."""
        position = first
        for start, end in self._hidden:
            if start >= last:
                break
            if end > position:
                self._scan_tags(position, start)
                position = end
        self._scan_tags(position, last)
        self._end_run()
        return MappedText("".join(self._parts), tuple(self._segments))

    def _scan_tags(self, position: int, end: int) -> None:
        html = self._html
        for tag in TAG.finditer(html, position, end):
            start = tag.start()
            if position < start:
                self._add_text(position, start)
            name = tag[1]
            if name is None or (name := name.lower()) not in INLINE:
                if self._last != "\n":
                    self._write("\n", None)
                if name is not None:
                    self.outline.read_tag(name, start, is_end=html[start + 1] == "/")
            elif name == "a":
                self.outline.is_link = html[start + 1] != "/"
            position = tag.end()
        if position < end:
            self._add_text(position, end)

    def _add_text(self, start: int, end: int) -> None:
        text = self._html[start:end]
        if text.isspace():
            self._add_blank(start if text == " " else None)
            return
        before = self._length
        if self._last == "\n":
            self.outline.begin_block(start)
        if RUN.fullmatch(text):
            self._write(text, start)
        else:
            self._add_words(text, start)
        self.outline.add_text(self._length - before)

    def _add_words(self, text: str, start: int) -> None:
        for match in WORDS.finditer(text):
            word = match.group()
            if match[1] is not None:
                self._add_blank(start + match.start() if word == " " else None)
            elif word[0] == "&":
                decoded = decode_reference(word)
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
        """Append a text; `raw_start` is its place in the page if the page has it unchanged.

        The text may be empty: a reference to a control character or to a non-character decodes to nothing.
        """
        if not text:
            return
        length = self._length
        self._length = end = length + len(text)
        if raw_start is not None:
            begin, last, raw_last = self._run
            if last == length and raw_last == raw_start and begin < last:
                self._run = (begin, end, raw_start + end - length)
            else:
                self._end_run()
                self._run = (length, end, raw_start + end - length)
        self._parts.append(text)
        self._last = text[-1]

    def _end_run(self) -> None:
        """Add the last segment to the others, if it is not empty."""
        start, end, raw_end = self._run
        if start < end:
            self._segments.append(Segment(start, end, raw_end - end + start))
            self._run = (end, end, raw_end)
