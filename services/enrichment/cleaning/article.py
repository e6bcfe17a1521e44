"""The clean article: its fields, and what became of each character of the raw text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.event import Caption, Dateline, KeptSpan, RemovedSpan, ResolvedTime


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """An article without what the page around it added.

    Each kept span stands letter for letter in its field; kept and removed spans are in the order of the raw text,
    disjoint, and together cover it.
    """

    headline: str | None = None
    subheadline: str | None = None
    byline: tuple[str, ...] = ()
    section: str | None = None
    dateline: Dateline | None = None
    dateline_text: str | None = None
    """The dateline as it stands before the body, such as "LONDON (AP) — "; what spans of the field count in."""
    captions: tuple[Caption, ...] = ()
    body: str = ""
    """Paragraphs separated by one empty line."""
    published_at: ResolvedTime | None = None
    modified_at: ResolvedTime | None = None
    kept: tuple[KeptSpan, ...] = ()
    removed: tuple[RemovedSpan, ...] = ()

    def text_of(self, field: str, index: int = 0) -> str:
        """The text that the spans of a field count in. Raises KeyError for a field that there is not."""
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
    """Where a span of a field stands in the raw text: `raw[a:b]` is the same text.

    None when it does not stand there in one piece. `kept` is in the order of the raw text, in which a field's
    spans come in the order of the field too.
    """
    spans = [span for span in kept if span.field == field and span.index == index]
    position = bisect_right(spans, start, key=lambda span: span.start) - 1
    if position < 0 or end > spans[position].end or start > end:
        return None
    span = spans[position]
    return span.raw_start + start - span.start, span.raw_start + end - span.start
