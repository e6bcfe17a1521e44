"""The clean article: its fields, and an account of each character of the raw text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.event import Access, Caption, Dateline, KeptSpan, LiveEntry, RemovedSpan, ResolvedTime


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """An article without the text that the page around it added.

    Each kept span is the same, letter for letter, in its field and in the raw text. Kept and removed spans are in the
    order of the raw text, do not overlap, and together cover the raw text.
    """

    headline: str | None = None
    subheadline: str | None = None
    byline: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    dateline: Dateline | None = None
    dateline_text: str | None = None
    """The dateline as written before the body, such as "LONDON (AP) — "; the spans of `dateline` count in this text."""
    captions: tuple[Caption, ...] = ()
    body: str = ""
    """Paragraphs, separated by one empty line."""
    published_at: ResolvedTime | None = None
    modified_at: ResolvedTime | None = None
    canonical_url: str | None = None
    """The address that the page gives as its own."""
    source: str | None = None
    """The name of the site, as the page gives it."""
    access: Access = "full"
    entries: tuple[LiveEntry, ...] = ()
    confidence: float = 1.0
    """The probability that the body is the article, whole and nothing else."""
    kept: tuple[KeptSpan, ...] = ()
    removed: tuple[RemovedSpan, ...] = ()

    def text_of(self, field: str, index: int = 0) -> str:
        """Return the text that the spans of a field count in; raises KeyError for an unknown field."""
        values: dict[str, Sequence[str | None]] = {
            "headline": (self.headline,),
            "subheadline": (self.subheadline,),
            "byline": self.byline,
            "section": (self.section,),
            "dateline": (self.dateline_text,),
            "caption": [caption.text for caption in self.captions],
            "body": (self.body,),
        }
        return values[field][index] or ""


def locate(kept: Sequence[KeptSpan], field: str, start: int, end: int, index: int = 0) -> tuple[int, int] | None:
    """Return the place (a, b) of a field's span in the raw text, so that `raw[a:b]` is the same text.

    Returns None if the span is not in one piece in the raw text. `kept` is in the order of the raw text; the spans of
    one field must be in the order of the field, too.
    """
    spans = [span for span in kept if span.field == field and span.index == index]
    position = bisect_right(spans, start, key=lambda span: span.start) - 1
    if position < 0 or end > spans[position].end or start > end:
        return None
    span = spans[position]
    return span.raw_start + start - span.start, span.raw_start + end - span.start
