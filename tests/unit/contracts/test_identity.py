"""The article id and the canonical URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.identity import derive_article_id, derive_source
from services.contracts.raw import RawArticle
from services.contracts.urls import canonicalise_url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.COM:80/News/", "http://example.com/News"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a?utm_source=x&id=2&fbclid=y", "https://example.com/a?id=2"),
        ("https://example.com/a?b=2&a=1#comments", "https://example.com/a?a=1&b=2"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/caf%C3%A9", "https://example.com/caf%C3%A9"),
        ("https://example.com/café", "https://example.com/caf%C3%A9"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"),
        ("https://example.com/?q=", "https://example.com/?q="),
        ("https://example.com/stra%DFe?q=%BA%CE", "https://example.com/stra%DFe?q=%BA%CE"),
        ("https://example.com/a%2fb/c", "https://example.com/a%2Fb/c"),
        ("https://example.com/#!/news/7", "https://example.com/#!/news/7"),
        ("https://zeitung.müller.example/a", "https://zeitung.xn--mller-kva.example/a"),
        ("https://example.com/x/./y//../z", "https://example.com/x/z"),
        ("https://example.com/a;jsessionid=7F3A?id=1", "https://example.com/a?id=1"),
        ("https://example.com/a?wbraid=1&outputType=amp&partner=3&at_id=4", "https://example.com/a?at_id=4&partner=3"),
        ("https://example.com/o%CC%88l", "https://example.com/%C3%B6l"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    """The canonical form has only the parts of a URL that change the page."""
    assert canonicalise_url(url) == canonical
    assert canonicalise_url(canonical) == canonical


def test_retry_is_the_same_article() -> None:
    """Time, metadata and tracking parameters, which a second fetch changes, do not change the id."""
    first = RawArticle(content="Text.", url="https://example.com/a?utm_medium=rss")
    again = RawArticle(
        content="Text.", url="https://example.com/a", fetched_at="2026-01-02T03:04:05Z", metadata={"try": "2"}
    )
    assert derive_article_id(first) == derive_article_id(again)


@pytest.mark.parametrize(
    "other",
    [
        {"content": "Other.", "url": "https://example.com/a"},
        {"content": "Text.", "url": "https://example.com/b"},
        {"content": "Text.", "url": "https://example.com/a", "title": "A title"},
        {"content": "Text.", "url": "https://example.com/a", "content_type": "text/html"},
        {"content": "Text."},
    ],
)
def test_other_article_has_another_id(other: dict[str, str]) -> None:
    """Another content, URL, title or content type gives another id."""
    assert derive_article_id(RawArticle(content="Text.", url="https://example.com/a")) != derive_article_id(
        RawArticle(**other)
    )


@given(st.text(min_size=1, max_size=200, alphabet=st.characters(exclude_categories=["Cs"])))
def test_id_is_32_hex_digits(content: str) -> None:
    """For any content, the id has 32 hexadecimal digits and is the same each time."""
    article_id = derive_article_id(RawArticle(content=f"x{content}"))
    assert len(bytes.fromhex(article_id)) == 16
    assert article_id == derive_article_id(RawArticle(content=f"x{content}"))


def test_source_comes_from_the_host() -> None:
    """The source of an article without one is the host of its URL."""
    assert derive_source(RawArticle(content="x", url="https://www.example.com/a")) == "example.com"
    assert derive_source(RawArticle(content="x", url="https://www.example.com/a", source="Wire")) == "Wire"
    assert derive_source(RawArticle(content="x")) is None
