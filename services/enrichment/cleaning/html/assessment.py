"""Assessment of a page's body: how much of the article the page shows, the entries of a live blog, and confidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.contracts.event import RemovedSpan
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.html.access import find_access
from services.enrichment.cleaning.html.confidence import estimate_page
from services.enrichment.cleaning.html.live_entries import find_entries
from services.enrichment.cleaning.html.metadata.page_metadata import Metadata

WALL = "wall"
"""Name under which the event reports the removed text of a consent or login page."""


def assess(html: str, article: CleanArticle, metadata: Metadata, reference: datetime | None) -> CleanArticle:
    """Return the article with its access, its entries and the confidence in its body.

    The text of a consent or login page is no body and is removed.
    """
    spans = [span for span in article.kept if span.field == "body"]
    access = find_access(html, article.body, spans, metadata.article, metadata.page)
    if access == "wall":
        return _remove_body(article)
    entries = find_entries(html, article.body, spans, metadata.live, reference)
    confidence = min(article.confidence, estimate_page(html, article.body, spans, access))
    return replace(article, access=access, entries=entries, confidence=confidence)


def _remove_body(article: CleanArticle) -> CleanArticle:
    """Return the article without its body; the spans of the body become removed spans."""
    kept = [span for span in article.kept if span.field != "body"]
    removed = [
        RemovedSpan(raw_start=span.raw_start, raw_end=span.raw_end, rule=WALL)
        for span in article.kept
        if span.field == "body"
    ]
    spans = sorted([*article.removed, *removed], key=lambda span: span.raw_start)
    return replace(article, access="wall", confidence=0.0, body="", kept=tuple(kept), removed=tuple(spans))
