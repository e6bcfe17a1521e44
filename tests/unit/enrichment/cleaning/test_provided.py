"""The sender's fields win over the article's own fields, and the event lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.event import Language
from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.enrichment.event_parts import build_article
from tests.support.span_accounting import check_spans

REFERENCE = datetime(2026, 3, 9, tzinfo=UTC)
TEXT = """Lighthouse of Skerrin gets a new lamp

By Nora Falk and Timo Berg

The lighthouse of Skerrin got a new lamp on Monday, after two winters in which ships had to trust their maps alone.

The lamp shines for thirty kilometres, and the harbour master said that he could read a book by it on the quay.
"""
PAGE = """<html><head><title>Lighthouse of Skerrin gets a new lamp</title><meta name="author" content="Nora Falk">
<meta property="article:section" content="Islands"><meta name="keywords" content="lamp, ships">
<meta property="og:site_name" content="Skerrin Courier"></head><body><article>
<h1>Lighthouse of Skerrin gets a new lamp</h1>
<p>The lighthouse of Skerrin got a new lamp on Monday, after two winters in which ships had to trust their maps.</p>
<p>The lamp shines for thirty kilometres, and the harbour master said that he could read a book by it on the quay.</p>
</article></body></html>"""


def build(content: str, content_type: str, **given: Any) -> Any:
    """Return the article of an event."""
    raw = RawArticle.model_validate({"content": content, "content_type": content_type, **given})
    cleaned = clean(raw, reference=REFERENCE)
    check_spans(content, cleaned)
    return build_article(raw, cleaned, Language(code="en", confidence=0.9), None)


@pytest.mark.parametrize(("content", "content_type"), [(TEXT, "text/plain"), (PAGE, "text/html")])
def test_given_fields_win(content: str, content_type: str) -> None:
    """Byline, section and tags of the sender win over those of the text or the page."""
    article = build(content, content_type, byline=["Ida Ross"], section="Sea", tags=["light"], language="en-GB")
    assert (article.byline, article.section, article.tags) == (("Ida Ross",), "Sea", ("light",))
    assert article.provided == ("byline", "section", "tags", "language")


def test_a_given_name_keeps_its_place() -> None:
    """A name that the sender gives and the text contains has its place in the text; another name is removed."""
    raw = RawArticle(content=TEXT, byline=("Timo Berg",))
    article = clean(raw, reference=REFERENCE)
    (span,) = [span for span in article.kept if span.field == "byline"]
    assert TEXT[span.raw_start : span.raw_end] == "Timo Berg"
    assert article.byline == ("Timo Berg",)
    assert "Nora Falk" in "".join(TEXT[span.raw_start : span.raw_end] for span in article.removed)


def test_a_name_with_no_break_spaces() -> None:
    """A name is written with spaces, and each of its words has its place in the text."""
    text = TEXT.replace("Nora Falk and Timo Berg", "Nora\u00a0Falk")
    article = clean(RawArticle(content=text), reference=REFERENCE)
    check_spans(text, article)
    assert article.byline == ("Nora Falk",)
    spans = [span for span in article.kept if span.field == "byline"]
    assert [text[span.raw_start : span.raw_end] for span in spans] == ["Nora", "Falk"]


def test_the_page_is_read_where_nothing_is_given() -> None:
    """Without fields of the sender, the page's own fields are read, and the event lists none."""
    article = build(PAGE, "text/html")
    assert (article.byline, article.section, article.tags) == (("Nora Falk",), "Islands", ("lamp", "ships"))
    assert (article.source, article.provided) == ("Skerrin Courier", ())


def test_a_language_against_the_words_is_not_provided() -> None:
    """A language that the words contradict is not the article's, and is not listed."""
    assert build(TEXT, "text/plain", language="de", title="New lamp").provided == ("headline",)
