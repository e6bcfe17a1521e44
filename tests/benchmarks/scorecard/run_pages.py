"""Runner of one extractor of pages, in its own environment: `python run_pages.py SYSTEM PAGES OUT`.

PAGES has one JSON object a line: url, fetched_at, html. OUT gets one JSON object: for each page its body, headline,
authors and day (all empty if the extractor fails), and the CPU seconds of all.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Page = dict[str, Any]
Found = tuple[str | None, str | None, Iterable[str], str | None]
"""Body, headline, authors and day of a page."""
Extract = Callable[[Page], Found]

NO_URL = "https://page.example/article"
"""Address of a page without one; some extractors need one."""


def main() -> None:
    """Extract every page and write the results."""
    extract = {
        "desk": load_desk,
        "trafilatura": load_trafilatura,
        "newspaper4k": load_newspaper,
        "readability-lxml": load_readability,
        "news-please": load_news_please,
    }[sys.argv[1]]()
    logging.disable(logging.CRITICAL)
    pages = [json.loads(line) for line in Path(sys.argv[2]).read_text(encoding="utf-8").split("\n") if line]
    if pages:
        run(extract, pages[0])
    results = []
    began = time.process_time()
    for page in pages:
        results.append(run(extract, page))
    report = {
        "results": results,
        "seconds": time.process_time() - began,
    }
    Path(sys.argv[3]).write_text(json.dumps(report), encoding="utf-8")


def run(extract: Extract, page: Page) -> dict[str, Any]:
    """Return what the extractor finds in a page; nothing if it fails."""
    try:
        body, headline, authors, day = extract(page)
    except Exception:  # noqa: BLE001 - a page that an extractor refuses is a result
        body, headline, authors, day = "", "", [], None
    return {"body": body or "", "headline": headline or "", "authors": list(authors or ()), "day": day}


def load_desk() -> Extract:
    """Return Copydesk's cleaning."""
    from services.contracts.raw import RawArticle
    from services.enrichment.cleaning import clean
    from services.evaluation.page_fields import read_time

    def extract(page: Page) -> Found:
        # The article is not validated, so that a page with a wrong URL is read too.
        raw = RawArticle.model_construct(content=page["html"], content_type="text/html", url=page["url"])
        article = clean(raw, reference=read_time(page["fetched_at"]))
        published = article.published_at
        day = published.value.date().isoformat() if published and published.basis != "fetched" else None
        return article.body, article.headline, article.byline, day

    return extract


def load_trafilatura() -> Extract:
    """Return trafilatura with its defaults and its metadata."""
    import trafilatura

    def extract(page: Page) -> Found:
        found: Any = trafilatura.bare_extraction(page["html"], url=page["url"], with_metadata=True)
        if found is None:
            return "", "", [], None
        return found.text, found.title, (found.author or "").split("; ") if found.author else [], found.date

    return extract


def load_newspaper() -> Extract:
    """Return newspaper4k."""
    import newspaper

    def extract(page: Page) -> Found:
        article = newspaper.Article(page["url"] or NO_URL, fetch_images=False)
        article.download(input_html=page["html"])
        article.parse()
        date = article.publish_date
        return article.text, article.title, article.authors, date.date().isoformat() if date else None

    return extract


def load_readability() -> Extract:
    """Return readability-lxml, which finds no authors and no dates."""
    import lxml.html
    from readability import Document

    def extract(page: Page) -> Found:
        document = Document(page["html"])
        tree = lxml.html.fromstring(document.summary())
        return "\n".join(text.strip() for text in tree.itertext() if text.strip()), document.short_title(), [], None

    return extract


def load_news_please() -> Extract:
    """Return news-please."""
    from newsplease import NewsPlease

    def extract(page: Page) -> Found:
        article = NewsPlease.from_html(page["html"], url=page["url"] or NO_URL, fetch_images=False)
        date = article.date_publish
        return article.maintext, article.title, article.authors, date.date().isoformat() if date else None

    return extract


if __name__ == "__main__":
    main()
