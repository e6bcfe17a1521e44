"""HTML: trafilatura finds the body."""

from __future__ import annotations

import trafilatura

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import Known, compose
from services.enrichment.cleaning.draft import Draft
from services.enrichment.cleaning.lines import split_lines
from services.enrichment.cleaning.view import View


def clean_html(raw: str, known: Known) -> CleanArticle:
    """The article in an HTML page."""
    text = trafilatura.extract(raw, include_comments=False) or ""
    view = View(text, ())
    return compose(raw, view, Draft(split_lines(text)), known, "markup")
