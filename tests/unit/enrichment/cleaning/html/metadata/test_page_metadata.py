"""Metadata of a page: titles, authors and times that it states or shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.enrichment.cleaning.html.metadata.page_metadata import Metadata, read_metadata
from services.enrichment.cleaning.html.tree.source import PageSource

REFERENCE = datetime(2025, 6, 3, 12, 0, tzinfo=UTC)
URL = "https://www.tidepost.example/news/pilots"
TITLE = "Pilots of Tarnby strike for a week"
TEXT = "<p>The pilots of Tarnby harbour went on strike on Monday, and nine ships wait outside, the board said.</p>" * 4


def read(head: str = "", below: str = "", *, heading: str = f"<h1>{TITLE}</h1>", url: str = URL) -> Metadata:
    """Read a page with a head and with markup below its heading."""
    page = f"<html lang=en><head>{head}</head><body><nav><a href=/>Home</a></nav>{heading}{below}{TEXT}</body></html>"
    return read_metadata(PageSource(page), url=url, reference=REFERENCE)


def build_data(data: str) -> str:
    """Return a block of JSON-LD."""
    return f'<script type="application/ld+json">{data}</script>'


def read_day(metadata: Metadata) -> str | None:
    """Return the time of publication in ISO 8601, cut to the minute."""
    return metadata.published_at.value.isoformat()[:16] if metadata.published_at else None


NEWS = '{"@type": "NewsArticle", "datePublished": "2025-06-02T07:15:00Z"}'


@pytest.mark.parametrize(
    "data",
    [
        NEWS,
        "/* <![CDATA[ */" + NEWS + "/* ]]> */",
        "//<![CDATA[\n" + NEWS + "\n//]]>",
        "<!-- " + NEWS + " -->",
        NEWS + ";",
        NEWS.replace("}", ",}"),
        NEWS.replace("}", ', "url": "https://post.example/*a", /* the page */ }\n// end'),
        NEWS.replace('"', "&quot;"),
        NEWS.replace("NewsArticle", "http://schema.org/LiveBlogPosting"),
        NEWS.replace("NewsArticle", "WebPage"),
        NEWS.replace("datePublished", "dateCreated"),
        '[{"@type": "NewsArticle", "headline": "Rope dear", "datePublished": "2020-01-01"}, '
        + NEWS.replace('{"@type', f'{{"headline": "{TITLE}", "@type')
        + "]",
    ],
)
def test_linked_data_is_read_leniently(data: str) -> None:
    """JSON-LD with comments, marks and spare signs is read, and of several articles the one that the page shows."""
    assert read_day(read(build_data(data))) == "2025-06-02T07:15"


@pytest.mark.parametrize("name", ["headline", "articleSection", "author", "keywords"])
def test_reference_to_a_number_of_any_length(name: str) -> None:
    """A character reference to a number of thousands of digits in the JSON-LD does not end the reading."""
    assert read(build_data(NEWS.replace("}", f', "{name}": "Vote &#{"9" * 5_000};"}}'))).published_at is not None


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta name="dc.date" content="2025-06-02">', "2025-06-02T00:00"),
        ('<meta property="article:published:time" content="Mon, 02 Jun 2025 07:15:00 GMT">', "2025-06-02T07:15"),
        ('<meta name="citation_publication_date" content="2025/06/02">', "2025-06-02T00:00"),
        ('<meta name="date" content="June 2, 2025">', "2025-06-02T00:00"),
        ('<meta name="pubdate" content="1748848500">', "2025-06-02T07:15"),
        ('<meta name="date" content="2 June 2025 09:15 CEST">', "2025-06-02T07:15"),
        (build_data(NEWS.replace("07:15:00Z", "09:15:00"))
         + '<meta property="article:published_time" content="2025-06-02T09:15:00+02:00">', "2025-06-02T07:15"),
        (build_data(NEWS.replace("T07:15:00Z", "")) + '<meta name="date" content="2025-06-02T07:15:00Z">',
         "2025-06-02T07:15"),
        ('<meta name="date" content="1970-01-01T00:00:00Z"><meta name="pubdate" content="2025-06-02">',
         "2025-06-02T00:00"),
        ('<meta name="date" content="2035-06-02">', None),
    ],
)  # fmt: skip
def test_stated_times(head: str, day: str | None) -> None:
    """A time in any form is read; one with an offset or with more precision wins; an impossible one is left out."""
    assert read_day(read(head)) == day


@pytest.mark.parametrize(
    ("below", "day"),
    [
        ("<div class=meta>Published: <b>02 June 2025, 09:15</b></div>", "2025-06-02T00:00"),
        ("<div>Mo 02.06.25 | 09:15 Uhr</div>", "2025-06-02T00:00"),
        ("<p>Updated June 3, 2025</p><p>June 2, 2025 3:15 a.m. ET</p>", "2025-06-02T07:15"),
        ("<time>2 de junio de 2025</time>", "2025-06-02T00:00"),
        ("<span itemprop=datePublished content=2025-06-02T07:15:00Z>Monday</span>", "2025-06-02T07:15"),
        ("<abbr class=published title=2025-06-02T07:15:00Z>Monday</abbr>", "2025-06-02T07:15"),
        ("<p class=time>Yesterday at 7:15 AM</p>", "2025-06-02T00:00"),
        ("", None),
    ],
)
def test_shown_times(below: str, day: str | None) -> None:
    """A time that the page shows below its heading is read if its head has none."""
    assert read_day(read(below=below)) == day


def test_the_address_has_a_day() -> None:
    """The day in a page's address is its time if there is no other."""
    assert read_day(read(url="https://tidepost.example/2025/06/02/pilots")) == "2025-06-02T00:00"


@pytest.mark.parametrize(
    ("head", "below"),
    [
        (build_data('{"@graph": [{"@type": "Article", "author": {"@id": "#p"}}, {"@id": "#p", "name": "Ada Lund"}]}'),
         ""),
        (build_data('{"@type": "Article", "author": "ada-lund"}') + "<meta name=author content='Ada Lund'>", ""),
        (build_data('{"@type": "Article", "author": {"name": "Tide Post"}}')
         + "<meta property=og:site_name content='Tide Post'>", "<p class=byline>By Ada Lund</p>"),
        ("<meta name=author content='Von Ada Lund'>", ""),
        ("<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Ada Lund'>", ""),
        ("", "<div><a rel=author href=/a/7>Ada Lund</a> | 2 June 2025</div>"),
        ("", "<span itemprop=author><span itemprop=name>Ada Lund</span></span>"),
        ("", "<div class='article-author__name'>Ada Lund, Harbour Editor</div>"),
        ("", "<a href='/authors/ada-lund'>Ada Lund</a>"),
        ("", "<p>Ada Lund, Harbour Editor</p>"),
        ("", "<p><b>Ada Lund</b> | Redakteurin</p>"),
        ("", "<p>By Ada Lund</p>"),
    ],
)  # fmt: skip
def test_authors(head: str, below: str) -> None:
    """An author is found in linked data, meta tags and the page, and neither an account nor the site is one."""
    assert read(head, below).byline == ("Ada Lund",)


def test_several_authors() -> None:
    """The names in one text are split, and an agency beside them is no author."""
    names = ("Ada Lund", "Per Holm")
    assert read("<meta name=author content='Ada Lund und Per Holm, dpa'>").byline == names
    assert read("<meta name=author content='Ada Lund'><meta name=author content='Per Holm'>").byline == names
    assert read(below="<a rel=author>Ada Lund</a> and <a rel=author>Per Holm</a>").byline == names


def test_a_site_is_named_if_no_person_is() -> None:
    """If a page names no person, the author that it states stays."""
    assert read(build_data('{"@type": "Article", "author": {"name": "Tide Post"}}')).byline == ("Tide Post",)


@pytest.mark.parametrize(
    ("head", "heading"),
    [
        (f"<title>{TITLE} - Tide Post</title>", f"<h1>{TITLE}</h1>"),
        (f"<title>{TITLE} - Tidepost</title>", ""),
        (f"<title>{TITLE} | Harbour | Tide Post</title><meta property=og:site_name content='Tide Post'>", ""),
        (f"<title>{TITLE} - Tide Post</title>", f"<h1>Tidepost</h1><h2>{TITLE}</h2>"),
        (f"<title>{TITLE} - Tide Post</title>", "<h1>Pi&shy;lots of Tarn&shy;by strike for a week</h1>"),
        (build_data('{"@type": "Article", "headline": "<b>Pilots</b> of Tarnby strike for a week"}'), ""),
    ],
)
def test_titles(head: str, heading: str) -> None:
    """The headline is the heading, or a title without the names of section and site, without markup."""
    assert read(head, heading=heading).title == TITLE


def test_references_in_titles_are_decoded() -> None:
    """A title whose references are encoded twice is decoded."""
    page = "<meta property=og:title content='Lund &amp;amp; Sons&amp;#039; quay closes'>"
    assert read(page, heading="").title == "Lund & Sons' quay closes"


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        (
            "<link rel=canonical href='https://m.tidepost.example/news/9?utm_source=x'>",
            "https://m.tidepost.example/news/9",
        ),
        ("<link rel='alternate canonical' href='/news/9'>", "https://www.tidepost.example/news/9"),
        ("<meta property=og:url content='https://tidepost.example/news/9'>", "https://tidepost.example/news/9"),
        ("<link rel=canonical href='https://other.example/news/9'>", None),
        ("<link rel=canonical href='https://www.tidepost.example/'>", None),
        ("<link rel=canonical href='javascript:x'>", None),
        ("<link rel=canonical href='http://[::1'>", None),
        ("", None),
    ],
)
def test_the_page_names_its_address(head: str, canonical: str | None) -> None:
    """The address that a page gives as its own is read if it is one of the same site and not the home page."""
    assert read(head).canonical_url == canonical


def test_half_an_emoji_costs_no_page() -> None:
    """A text in JSON-LD that is cut within an emoji can be encoded."""
    data = build_data('{"@type": "NewsArticle", "headline": "Pilots strike \\ud83d", "author": "Ada \\udc00 Lund"}')
    metadata = read(data, heading="")
    assert (metadata.title or "").encode()
    assert [name.encode() for name in metadata.byline]
