"""Cleaning of test inputs, and the check that holds for every cleaned article: each character is accounted for."""

from __future__ import annotations

from datetime import UTC, datetime

from services.contracts.event import KeptSpan, RemovedSpan
from services.contracts.raw import RawArticle
from services.enrichment.cleaning import CleanArticle, clean, locate

REFERENCE = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def clean_text(content: str, title: str | None = None) -> CleanArticle:
    """Clean a plain text. It is not validated, so that content without a visible character can be tested, too."""
    return clean(RawArticle.model_construct(content=content, title=title), reference=REFERENCE)


def clean_html(content: str, title: str | None = None) -> CleanArticle:
    """Clean an HTML page without validation."""
    raw = RawArticle.model_construct(content=content, content_type="text/html", title=title)
    return clean(raw, reference=REFERENCE)


def check_spans(raw: str, article: CleanArticle) -> None:
    """Check that the spans are in order, do not overlap and cover the raw text, and that kept text is in its field."""
    position = 0
    spans: tuple[KeptSpan | RemovedSpan, ...] = (*article.kept, *article.removed)
    for start, end in sorted((span.raw_start, span.raw_end) for span in spans):
        assert start == position
        assert end > start
        position = end
    assert position == len(raw)
    for part in (article.kept, article.removed):
        starts = [span.raw_start for span in part]
        assert starts == sorted(starts)
    for span in article.kept:
        text = article.text_of(span.field, span.index)[span.start : span.end]
        assert text == raw[span.raw_start : span.raw_end]
        assert locate(article.kept, span.field, span.start, span.end, span.index) == (span.raw_start, span.raw_end)


def describe(raw: str, article: CleanArticle) -> list[tuple[str, str]]:
    """Return the kept and removed stretches in order, without whitespace.

    Each is the field, or the rule with a minus before it, and the text.
    """
    spans: list[tuple[int, str, int]] = [(span.raw_start, span.field, span.raw_end) for span in article.kept]
    spans += [(span.raw_start, f"-{span.rule}", span.raw_end) for span in article.removed if span.rule != "whitespace"]
    return [(name, raw[start:end]) for start, name, end in sorted(spans)]
