"""A page's markup with the parts that several readers need; each part is read once."""

from __future__ import annotations

import re
from functools import cached_property

from services.enrichment.cleaning.html.tree.markup import MarkupScanner, find_hidden
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.offset_map import MappedText

UNREAD = re.compile(r"<(?:script(?![^<>]{0,512}ld\+json)|style|!--)", re.IGNORECASE)
"""Beginnings of the parts of a page that the extraction would parse and throw away."""


class PageSource:
    """A page. All places are counted in its markup."""

    def __init__(self, html: str) -> None:
        self.html = html

    @cached_property
    def hidden(self) -> list[tuple[int, int]]:
        """The places of comments and of elements whose content is not visible."""
        return find_hidden(self.html)

    @property
    def text(self) -> MappedText:
        """The visible text of the whole page, with one line per block."""
        return self._scanned[0]

    @property
    def outline(self) -> Outline:
        """The outline of the whole page."""
        return self._scanned[1]

    @cached_property
    def head_end(self) -> int:
        """The end of the page's head, or the page's start."""
        return next((end for start, end in self.hidden if self.html.startswith(("<head", "<HEAD"), start)), 0)

    @cached_property
    def body_markup(self) -> str:
        """The page without comments, styles, and scripts that are not JSON-LD."""
        parts: list[str] = []
        position = 0
        for start, end in self.hidden:
            if UNREAD.match(self.html, start):
                parts.append(self.html[position:start])
                position = end
        return "".join([*parts, self.html[position:]])

    def build_scanner(self) -> MarkupScanner:
        """Build a scanner of the visible text."""
        return MarkupScanner(self.html, self.hidden)

    @cached_property
    def _scanned(self) -> tuple[MappedText, Outline]:
        scanner = self.build_scanner()
        return scanner.scan(0, len(self.html)), scanner.outline
