"""The entry to cleaning: a raw article of any content type."""

from __future__ import annotations

from datetime import datetime

from services.contracts.event import ResolvedTime
from services.contracts.raw import RawArticle
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import KnownFields
from services.enrichment.cleaning.html.page import clean_html
from services.enrichment.cleaning.text import clean_text
from services.enrichment.cleaning.times import to_utc


def clean(raw: RawArticle, *, reference: datetime | None) -> CleanArticle:
    """Return the article without the text that the page around it added; a pure function.

    `reference` is the time when the article was fetched or arrived; "2 days ago" and days without a year count from it.
    """
    title = (raw.title or "").strip() or None
    published = to_utc(raw.published_at) if raw.published_at else None
    known = KnownFields(
        title=title,
        byline=raw.byline,
        section=raw.section,
        tags=raw.tags,
        is_byline_given=bool(raw.byline),
        is_section_given=raw.section is not None,
        published_at=ResolvedTime(value=published, precision="second", basis="metadata") if published else None,
        reference=to_utc(reference) if reference else None,
    )
    if raw.content_type == "text/html":
        return clean_html(raw.content, known, raw.url)
    return clean_text(raw.content, known)
