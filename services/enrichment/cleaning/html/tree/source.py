"""A page's markup with the parts that several readers need; each part is read once."""

from __future__ import annotations

from functools import cached_property

from services.enrichment.cleaning.html.tree.markup import MarkupScanner
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.html.tree.page_tags import PageTags, Span, Tag, read_page_tags
from services.enrichment.cleaning.offset_map import MappedText


class PageSource:
    """A page. All places are counted in its markup."""

    def __init__(self, html: str) -> None:
        self.html = html

    @cached_property
    def tags(self) -> PageTags:
        """The page's hidden parts, its JSON-LD, and the tags that metadata reads."""
        return read_page_tags(self.html)

    @property
    def hidden(self) -> list[Span]:
        """The places of comments and of elements whose content is not visible."""
        return self.tags.hidden

    @property
    def heading(self) -> Tag | None:
        """The tag of the page's main heading."""
        return next(iter(self.tags.by_name["h1"]), None)

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
        """The page without the parts that are not visible."""
        starts = [0, *(end for _, end in self.hidden)]
        ends = [*(start for start, _ in self.hidden), len(self.html)]
        return "".join(self.html[start:end] for start, end in zip(starts, ends, strict=True))

    def build_scanner(self) -> MarkupScanner:
        """Build a scanner of the visible text."""
        return MarkupScanner(self.html, self.hidden)

    @cached_property
    def _scanned(self) -> tuple[MappedText, Outline]:
        scanner = self.build_scanner()
        return scanner.scan(0, len(self.html)), scanner.outline
