"""Times in the `<time>` elements of a page whose head has no time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.enrichment.cleaning.html.metadata.marked_times import HEADING_REACH, find_marked_times
from services.enrichment.cleaning.html.tree.source import PageSource

OWN = '<time datetime="2026-03-02T08:30:00Z">2 March</time>'
TEASER = '<time datetime="2026-01-05">5 January</time>'
HEADING = "<h1>Harbour opens</h1>"


@pytest.mark.parametrize(
    ("html", "published", "changed"),
    [
        (f"{TEASER}{HEADING}{OWN}", "2026-03-02T08:30:00", None),
        (f"{HEADING}{OWN}{TEASER}", "2026-03-02T08:30:00", None),
        (f"{TEASER}{HEADING}{'<p>x</p>' * HEADING_REACH}{TEASER}", None, None),
        (f"{OWN}{HEADING}", "2026-03-02T08:30:00", None),
        (f"{HEADING}{TEASER}<time itemprop=datePublished datetime=2026-03-01>", "2026-03-01T00:00:00", None),
        (f"{TEASER}{TEASER}", "2026-01-05T00:00:00", None),
        (f"{HEADING}<time>March 2, 2026 9:15 am EST</time>", "2026-03-02T14:15:00", None),
        (f"{HEADING}<time class=updated datetime=2026-03-03>3 March</time>", None, "2026-03-03T00:00:00"),
        (f'{HEADING}<time class="published updated" datetime=2026-03-03></time>', "2026-03-03T00:00:00", None),
        (f"{HEADING}{OWN}<time>Updated: March 4, 2026</time>", "2026-03-02T08:30:00", "2026-03-04T00:00:00"),
        (f"{HEADING}<time>2 days ago</time><time datetime=yesterday>", None, None),
        (f"{HEADING}<time datetime=9999-99-99T99:99>soon</time><time", None, None),
    ],
)
def test_the_article_has_its_own_time(html: str, published: str | None, changed: str | None) -> None:
    """A time marked as the article's comes first, then one below the heading; a teaser's time is not the article's."""
    found = [
        time.value.replace(tzinfo=None).isoformat() if time else None for time in find_marked_times(PageSource(html))
    ]
    assert found == [published, changed]


def test_only_the_first_elements_are_read() -> None:
    """A page of a hundred thousand elements without a readable time has none, and is read quickly."""
    assert find_marked_times(PageSource("<time datetime=x>" * 100_000)) == (None, None)


@pytest.mark.parametrize(
    ("head", "basis"), [('<meta property="article:published_time" content="2026-02-27">', "metadata"), ("", "text")]
)
def test_the_head_comes_first(head: str, basis: str) -> None:
    """A `<time>` element counts only if the head has no time."""
    body = "<p>The harbour of Tarnby opened on Monday after two years of work, the authority said.</p>" * 5
    html = f"<html><head>{head}</head><body>{HEADING}<time>March 2, 2026</time>{body}</body></html>"
    raw = RawArticle(content=html, content_type="text/html")
    published = clean(raw, reference=datetime(2026, 3, 5, tzinfo=UTC)).published_at
    assert published is not None
    assert published.basis == basis


def test_an_article_was_published_before_it_was_changed() -> None:
    """A page with only the time of its last change counts as published then, and not when it was fetched."""
    html = f"<html><body>{HEADING}<time>Updated: March 4, 2026</time><p>The harbour of Tarnby opened.</p></body></html>"
    article = clean(RawArticle(content=html, content_type="text/html"), reference=datetime(2026, 3, 9, tzinfo=UTC))
    assert article.published_at == article.modified_at
    assert article.published_at is not None
