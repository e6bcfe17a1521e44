"""Cleaning of HTML pages: body, headline, metadata, and places in the raw page."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest

from services.enrichment.cleaning import locate
from services.enrichment.cleaning.html.metadata.page_metadata import read_metadata
from services.enrichment.cleaning.html.tree.source import PageSource
from tests.support.span_accounting import check_spans, clean_html

PARAGRAPHS = [
    "The council of Valletta voted on Monday for a new bridge across the Grand Harbour, nine votes to two.",
    "Work is to begin before the summer, and the mayor said that the ferries would run until the bridge is open.",
    "Engineers put the cost at 240 million euros, a third of which the government has promised to pay this year.",
    "The bridge has been planned for thirty years; two earlier councils had turned it down for want of money.",
]

HEAD = """<head><title>Valletta votes for a bridge | The Harbour Post</title>
<meta property="og:title" content="Valletta votes for a bridge | The Harbour Post">
<meta name="author" content="By Ingrid Larsen and Rui Bragan&ccedil;a">
<meta property="article:published_time" content="2026-03-09T08:15:00+01:00">
<meta property="article:modified_time" content="2026-03-09">
<meta property="article:section" content="Local">
<script>var cookies = "<p>We use cookies</p>";</script></head>"""


def build_page(paragraphs: list[str], head: str = HEAD) -> str:
    """Return a page with a menu, the article, related headlines and a footer."""
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!DOCTYPE html><html>{head}<body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Valletta votes for a bridge</h1>
{text}
</article>
<aside><h3>People are also reading</h3><ul><li><a href="/1">Ferry fares to rise</a></li></ul></aside>
<footer><p>© 2026 The Harbour Post. All rights reserved.</p></footer></body></html>"""


def test_a_page_is_cleaned() -> None:
    """The body is the article's paragraphs, the headline is without the site's name, and the metadata are read."""
    raw = build_page(PARAGRAPHS)

    article = clean_html(raw)

    check_spans(raw, article)
    assert article.body == "\n\n".join(PARAGRAPHS)
    assert article.headline == "Valletta votes for a bridge"
    assert article.byline == ("Ingrid Larsen", "Rui Bragança")
    assert article.section == "Local"
    assert article.published_at is not None
    assert article.published_at.value == datetime(2026, 3, 9, 7, 15, tzinfo=UTC)
    assert (article.published_at.precision, article.published_at.basis) == ("second", "metadata")
    assert article.modified_at is not None
    assert article.modified_at.precision == "day"


@pytest.mark.parametrize("field", ["headline", "body"])
def test_plain_paragraphs_are_found_in_the_page(field: str) -> None:
    """Each paragraph, and the headline in its heading, has its place in the raw page."""
    raw = build_page(PARAGRAPHS)
    article = clean_html(raw)
    text = article.text_of(field)

    for part in text.split("\n\n"):
        start = text.index(part)
        place = locate(article.kept, field, start, start + len(part))
        assert place is not None
        assert raw[slice(*place)] == part


def test_tags_and_references_break_places() -> None:
    """A text with a tag or a reference inside has no place in one piece; the words around it have their places."""
    marked = (
        PARAGRAPHS[0].replace("Valletta", "<b>Vall</b>etta").replace("Grand Harbour", "Grand&nbsp;Harbour &amp; bay")
    )
    raw = build_page([marked, *PARAGRAPHS[1:]])
    article = clean_html(raw)
    body = article.body

    check_spans(raw, article)
    for surface, is_whole in (("Valletta", False), ("voted on Monday", True), ("&", False), ("nine votes", True)):
        start = body.index(surface)
        place = locate(article.kept, "body", start, start + len(surface))
        assert (place is not None) == is_whole
        assert place is None or raw[slice(*place)] == surface


def test_linked_data_comes_first() -> None:
    """JSON-LD is trusted before the meta tags, and broken JSON-LD is not read."""
    data = (
        '{"@graph":[{"@type":"WebSite","name":"x"},{"@type":["NewsArticle"],"headline":"Bridge wins",'
        '"datePublished":"2026-03-08T10:00:00Z","author":[{"@type":"Person","name":"Marit Velden"},'
        '{"name":"https://x.example/velden"}],"articleSection":["Harbour","Local"]}]}'
    )
    good = read_metadata(PageSource(f'{HEAD}<script type="application/ld+json">{data}</script>'))
    broken = read_metadata(PageSource(f'{HEAD}<script type="application/ld+json">{data[:-5]}</script>'))

    assert (good.title, good.byline, good.section) == ("Bridge wins", ("Marit Velden",), "Harbour")
    assert good.published_at is not None
    assert good.published_at.value.day == 8
    assert broken.byline == ("Ingrid Larsen", "Rui Bragança")


def test_a_page_without_an_article() -> None:
    """If no body is found, the text of the page is cleaned like plain text."""
    article = clean_html("<p>Bridge <b>wins</b> the vote</p>")

    assert "Bridge wins the vote" in (article.headline or article.body)


@pytest.mark.parametrize(
    "raw",
    [
        "<",
        "<html>",
        "<<<>>>&&&;;;",
        "<!-- never closed",
        "<script>never closed",
        "<p>" * 2_000,
        "<div>" * 5_000 + "deep",
        "<table><tr><td>" * 500,
        '<meta property="og:title" content=>',
        "<p>\x00\x01</p>",
        "<?xml version='1.0' encoding='utf-16'?><html><body><p>x</p></body></html>",
        "<html><head></head><body></body></html>",
        '<script type="application/ld+json">' + "[" * 50_000 + "</script><p>x</p>",
    ],
)
def test_broken_pages(raw: str) -> None:
    """A broken page is cleaned without an error, and every character is accounted for."""
    check_spans(raw, clean_html(raw))


@pytest.mark.parametrize("unit", ["<ul><li>one item of many</li></ul>", "<b>x</b>", "<br>", "<", "&amp;"])
def test_a_page_of_nothing_but_tags(unit: str) -> None:
    """A page of a million characters of tags or references is cleaned, and every character is accounted for."""
    raw = (unit * (1_000_000 // len(unit)))[:1_000_000]

    check_spans(raw, clean_html(raw))


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning a page opens no socket, whatever the page links to."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert clean_html(build_page(PARAGRAPHS).replace("<head>", '<head><base href="http://x.example/">')).body


def test_the_text_of_markup() -> None:
    """The text of a page has one line per block, one space for each run of blanks, and decoded references."""
    raw = "<p>One&nbsp; two\n<b>th</b>ree</p><script>no</script><!-- no --><ul><li>4 &lt; 5<li>a&b</ul>"

    assert PageSource(raw).text.text.strip().split("\n") == ["One two three", "4 < 5", "a&b"]
