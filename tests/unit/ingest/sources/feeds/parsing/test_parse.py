"""Tests of feed documents, correct ones and broken ones."""

from __future__ import annotations

import pytest

from services.ingest.encodings import decode
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.parse import parse_feed
from services.outcomes import FetchFault

URL = "https://post.example/feeds/all.xml"
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>{}</channel></rss>'
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title type="html">Die &lt;b&gt;Post&lt;/b&gt;</title><updated>2026-11-24T05:00:00Z</updated><id>urn:x</id>
<entry><title>Fähre &amp;amp; Hafen</title><link href="../news/1#top"/><link rel="self" href="/api/1"/><id>urn:x:1</id>
<updated>2026-11-24T05:00:00+01:00</updated><summary>Kurz.</summary><author><name>Ada Lund</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Die Fähre kam spät.</p></div></content>
</entry></feed>"""


def parse(document: str | bytes, content_type: str = "application/xml") -> ParsedFeed:
    body = document if isinstance(document, bytes) else document.encode()
    return parse_feed(body, url=URL, content_type=content_type)


def test_atom() -> None:
    """An Atom entry gives its absolute alternate link, its content instead of its summary, its time and its author."""
    feed = parse(ATOM)
    [entry] = feed.entries
    assert (feed.title, feed.language) == ("Die Post", "de")
    assert (entry.url, entry.title) == ("https://post.example/news/1#top", "Fähre & Hafen")
    assert (entry.published_at, entry.authors, entry.guid) == ("2026-11-24T04:00:00+00:00", ("Ada Lund",), "urn:x:1")
    assert (entry.content, entry.content_type) == ("<p>Die Fähre kam spät.</p>", "text/html")


def test_entries_without_guid_and_date() -> None:
    """Entries differ by their link without tracking, or else by title and summary, and an invalid time is left out."""
    one = "<item><link>/a?utm_source=x</link><description>One.</description><pubDate>soon</pubDate></item>"
    two = "<item><title>Two</title><description>Same.</description></item><item><title>Three</title></item>"
    first = parse(RSS.format(one + two))
    again = parse(RSS.format(two + one.replace("utm_source=x", "utm_source=y").replace("One", "1")))
    assert len(first.entries) == 3
    assert {entry.key for entry in first.entries} == {entry.key for entry in again.entries}
    assert [entry.content for entry in first.entries] == ["One.", "Same.", "Three"]
    assert {entry.published_at for entry in first.entries} == {None}


def test_shared_guid() -> None:
    """Entries with the same guid but different links are different entries, and an entry listed twice is one."""
    items = "".join(f"<item><guid>0</guid><link>/{n}</link><title>T{n}</title></item>" for n in (1, 2, 2))
    assert len(parse(RSS.format(items)).entries) == 2


def test_guid_without_link() -> None:
    """A guid that is a URL is the link of an entry without one; any other guid is not."""
    items = "<item><guid>https://post.example/1</guid></item><item><guid>1234</guid><title>x</title></item>"
    assert [entry.url for entry in parse(RSS.format(items)).entries] == ["https://post.example/1", None]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@b.example", "http://[::1", "https://a.example:99999/"]
)
def test_bad_link_is_left_out(link: str) -> None:
    """A link that is not an http or https URL is left out, and the entry stays."""
    [entry] = parse(
        RSS.format(f"<item><title>x</title><link>{link}</link><guid isPermaLink='false'>1</guid></item>")
    ).entries
    assert entry.url is None


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"", FetchFault.NOT_A_FEED),
        (b"\xff\xfe\x00", FetchFault.NOT_A_FEED),
        (b"<!doctype html><title>Service unavailable</title>", FetchFault.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1"}', FetchFault.NOT_A_FEED),
        (RSS.format("<item><title>One</title></item><item><title>Tw")[:-16].encode(), FetchFault.TRUNCATED),
    ],
)
def test_no_feed(document: bytes, fault: FetchFault) -> None:
    """A document that is no feed, and a feed that is cut, fail with different faults."""
    with pytest.raises(FetchError) as caught:
        parse(document)
    assert caught.value.fault is fault


def test_repaired() -> None:
    """A document with HTML entities and unescaped ampersands is still read."""
    feed = parse(RSS.format("<item><title>Q & A, caf&eacute;</title><guid>1</guid></item>"))
    assert (feed.is_repaired, feed.entries[0].title) == (True, "Q & A, café")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_dropped(encoding: str) -> None:
    """Declared entities are never expanded, nested or long, in any encoding."""
    declared = '<!ENTITY a "' + "x" * 9_999 + '">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 50}">' for n in range(5)
    )  # fmt: skip
    items = "<item><title>T</title><description>" + "&a;" * 2_000 + "&f;</description></item>"
    document = RSS.format(items).replace("<rss", f"<!DOCTYPE rss [{declared}]><rss", 1)
    [entry] = parse(document.encode(encoding)).entries
    assert len(entry.content) < 10_000


def test_surrogates_and_controls() -> None:
    """Character references to surrogates and null characters do not leave the parser."""
    feed = parse(RSS.format("<item><title>a&#xD800;b&#0;&#x1;</title><guid>1</guid></item>"))
    assert feed.model_dump_json().encode()


@pytest.mark.parametrize("mark", ["&", "&amp;"])
def test_reference_to_a_number_of_any_length(mark: str) -> None:
    """A character reference to a number of thousands of digits, encoded once or twice, is one replacement character."""
    [entry] = parse(RSS.format(f"<item><title>a {mark}#{'9' * 5_000}; b</title><guid>1</guid></item>")).entries
    assert entry.title == "a \ufffd b"


@pytest.mark.parametrize(
    ("text", "encoding", "content_type", "declared"),
    [
        ("Zürich", "utf-8", "", ""),
        ("Zürich", "utf-8", "text/xml; charset=iso-8859-1", "iso-8859-1"),
        ("Zürich", "utf-8-sig", "text/xml; charset=us-ascii", "latin1"),
        ("Zürich “quoted”", "cp1252", "text/xml", "iso-8859-1"),
        ("Zürich", "cp1252", "text/xml; charset=utf-8", "utf-8"),
        ("Zürich", "cp1252", "", "no-such-encoding"),
        ("Москва", "cp1251", "text/xml", "windows-1251"),
        ("Москва", "koi8-r", "text/xml; charset=koi8-r", ""),
        ("東京", "iso2022_jp", "text/xml; charset=iso-2022-jp", ""),
        ("東京", "shift_jis", "text/xml", "Shift_JIS"),
        ("東京", "utf-16", "text/xml", "utf-16"),
        ("東京", "utf-16-le", "", "utf-16"),
    ],
)
def test_encodings(text: str, encoding: str, content_type: str, declared: str) -> None:
    """The text is decoded correctly, even if the header or the declaration names a wrong encoding."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    document = f"{declaration}<rss><channel><title>{text}</title></channel></rss>"
    assert f"<title>{text}</title>" in decode(document.encode(encoding), content_type, form="feed").text


def test_damaged_utf8_is_decoded_as_utf8() -> None:
    """UTF-8 with some broken bytes is still decoded as UTF-8."""
    assert decode("Zürich, Genève, Łódź".encode() + b" \xc3", form="feed").text == "Zürich, Genève, Łódź \ufffd"


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (
            f"<description>Nine ferries were late.</description><media:content {MEDIA} url='/p.jpg'><media:title>Quay"
            "</media:title><media:description type='plain'>A long line of people waits at the quay of Bergen on a grey"
            " Monday morning.</media:description></media:content>",
            "Nine ferries were late.",
        ),
        (f"<media:description {MEDIA}>A film about the quay.</media:description>", "A film about the quay."),
        ("<description>Nine ferries were late.</description><content:encoded>&lt;img src='p'/&gt;</content:encoded>",
         "Nine ferries were late."),
        ("<description>Late.</description><content:encoded>&lt;p&gt;Nine were late.&lt;/p&gt;</content:encoded>",
         "<p>Nine were late.</p>"),
    ],
)  # fmt: skip
def test_the_text_is_the_entrys_own(item: str, content: str) -> None:
    """The text of an entry is what a reader sees most of, and never the caption of its picture if it has another."""
    document = RSS.replace('version="2.0"', 'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"')

    [entry] = parse(document.format(f"<item><title>Ferries</title>{item}</item>")).entries

    assert (entry.title, entry.content) == ("Ferries", content)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tue, 14 Jan 2025 09:30:00 EEST", "2025-01-14T06:30:00+00:00"),
        ("Tue, 14 Jan 2025 05:30 PM", "2025-01-14T17:30:00+00:00"),
        ("2025/01/14 09:30", "2025-01-14T09:30:00+00:00"),
        ("14 gennaio 2025", "2025-01-14T00:00:00+00:00"),
        ("1736847000", "2025-01-14T09:30:00+00:00"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("next week", None),
    ],
)
def test_a_time_is_right_or_absent(written: str, read: str | None) -> None:
    """The time of an entry is the right instant, or there is none."""
    [entry] = parse(RSS.format(f"<item><title>x</title><pubDate>{written}</pubDate></item>")).entries
    assert entry.published_at == read


@pytest.mark.parametrize(
    "authors",
    [
        "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Ada Lund</dc:creator>"
        "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Per Holm</dc:creator>",
        "<author>ada@post.example (Ada Lund and Per Holm)</author>",
        "<author>Ada Lund and Per Holm</author>",
    ],
)
def test_all_authors_are_read(authors: str) -> None:
    """All authors of an entry are read, without their addresses."""
    [entry] = parse(RSS.format(f"<item><title>x</title>{authors}</item>")).entries
    assert entry.authors == ("Ada Lund", "Per Holm")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("<![CDATA[Ferries late<br/>Quay closed]]>", "Ferries late Quay closed"),
        ("Mayor&amp;amp;rsquo;s ferries &amp;amp;amp; quays", "Mayor’s ferries & quays"),
        ("Less than 3 &lt; 4 ferries", "Less than 3 < 4 ferries"),
        ("<![CDATA[<b>Ferries</b> late]]>", "Ferries late"),
    ],
)
def test_a_title_is_text(title: str, text: str) -> None:
    """A title has no markup and no references, however often they were encoded."""
    [entry] = parse(RSS.format(f"<item><title>{title}</title></item>")).entries
    assert entry.title == text


def test_entries_with_one_link_are_different() -> None:
    """Entries without a guid that share a link, or differ in its fragment, are different; a copy is the same entry."""
    items = "".join(
        f"<item><title>{title}</title><link>https://post.example/live{end}</link></item>"
        for title, end in (("One", ""), ("Two", ""), ("Two", ""), ("Three", "#3"))
    )
    assert [entry.title for entry in parse(RSS.format(items)).entries] == ["One", "Two", "Three"]


def test_links_are_relative_to_the_site() -> None:
    """A relative link is resolved against the site that the feed names, not the host that delivers the feed."""
    items = "<link>https://www.post.example/</link><item><title>x</title><link>/news/1</link></item>"
    assert parse(RSS.format(items)).entries[0].url == "https://www.post.example/news/1"


def test_json_feed() -> None:
    """JSON Feed 1.1 gives the same parts as RSS and Atom."""
    document = """{"version": "https://jsonfeed.org/version/1.1", "title": "Post", "language": "en-GB",
    "home_page_url": "https://post.example/", "authors": [{"name": "The Desk"}], "items": [
    {"id": 7, "url": "/news/7", "title": "Ferries &amp; quays", "content_html": "<p>Nine ferries were late.</p>",
    "summary": "Late.", "date_published": "2025-01-14T09:30:00+01:00", "tags": ["sea", "sea", "quay"],
    "authors": [{"name": "Ada Lund"}, {"name": "Per Holm"}]},
    {"id": "8", "content_text": "A short note.", "external_url": "https://other.example/8"}, "nonsense"]}"""

    feed = parse(document, "application/feed+json")

    first, second = feed.entries
    assert (feed.title, feed.language, feed.listed) == ("Post", "en-GB", 3)
    assert (first.url, first.title, first.guid) == ("https://post.example/news/7", "Ferries & quays", "7")
    assert (first.content, first.content_type) == ("<p>Nine ferries were late.</p>", "text/html")
    assert (first.published_at, first.authors) == ("2025-01-14T08:30:00+00:00", ("Ada Lund", "Per Holm"))
    assert first.categories == ("sea", "quay")
    assert (second.content, second.content_type, second.authors) == ("A short note.", "text/plain", ("The Desk",))
    assert second.url == "https://other.example/8"


def test_a_cut_json_feed_is_truncated() -> None:
    """A JSON Feed that stops before its end fails as a cut document."""
    with pytest.raises(FetchError) as caught:
        parse('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "ti')
    assert caught.value.fault is FetchFault.TRUNCATED
