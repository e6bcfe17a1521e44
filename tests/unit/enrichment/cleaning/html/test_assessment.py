"""Paywalls, consent walls, login pages and live blogs are recognised by what the page itself says and shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import CleanArticle, clean
from services.enrichment.cleaning.confidence import CLEAN_TEXT
from services.enrichment.cleaning.html.confidence import estimate_page
from tests.support.span_accounting import check_spans

REFERENCE = datetime(2026, 3, 9, 12, tzinfo=UTC)
FIRST = "The lighthouse of Skerrin got a new lamp on Monday, after two winters in which ships had to trust their maps."
REST = "The lamp shines for thirty kilometres, and the harbour master said that he could read a book by it on the quay."
NEXT = "Its mirror was ground in three months by a workshop on the mainland, which had made the old one a century ago."


def read(html: str) -> CleanArticle:
    """Return the article in a page, whose characters are all accounted for."""
    article = clean(RawArticle(content=html, content_type="text/html"), reference=REFERENCE)
    check_spans(html, article)
    return article


def build(linked_data: str, content: str) -> str:
    """Return a page with JSON-LD and the content of its article element."""
    script = f'<script type="application/ld+json">{linked_data}</script>' if linked_data else ""
    return (
        f"<!DOCTYPE html><html><head><title>New lamp for Skerrin</title>{script}</head><body><nav><a href='/'>Home</a>"
        f"</nav><main><h1>New lamp for Skerrin</h1><article>{content}</article></main></body></html>"
    )


LOCKED = (
    '{"@type": "NewsArticle", "headline": "New lamp for Skerrin", "isAccessibleForFree": "False", %s "hasPart": '
    '{"@type": "WebPageElement", "isAccessibleForFree": false, "cssSelector": "main .locked-part"}}'
)
REQUEST = '<div class="paywall-box"><p>Subscribe to continue reading.</p><button>Log in</button></div>'


@pytest.mark.parametrize(
    ("page", "access"),
    [
        (build(LOCKED % "", f"<p>{FIRST}</p>{REQUEST}"), "partial"),
        (build(LOCKED % '"wordCount": 640,', f"<p>{FIRST}</p><p>{REST}</p>"), "partial"),
        (build(LOCKED % "", f"<p>{FIRST}</p><div class='text locked-part'><p>{REST}</p><p>{NEXT}</p></div>"), "full"),
        (build("", f"<p>{FIRST}</p>{REQUEST}"), "partial"),
        (
            build(
                "", f"<p>{FIRST}</p><p>{REST}</p><div class='newsletter-subscribe'><p>Subscribe to our post.</p></div>"
            ),
            "full",
        ),
        (build('{"@type": "NewsArticle", "isAccessibleForFree": true}', f"<p>{FIRST}</p>{REQUEST}"), "full"),
        (build("", f"<p>{FIRST}</p><p>{REST}</p>"), "full"),
    ],
    ids=["stated", "fewer words than stated", "locked part shown", "shown", "newsletter", "free", "plain"],
)
def test_paywalls(page: str, access: str) -> None:
    """A stub before a paywall is partial; a page that shows its locked part, or asks for a newsletter, is full."""
    article = read(page)
    assert article.access == access
    assert FIRST in article.body


CONSENT = (
    "<p>We and our 640 partners store cookies on your device and process personal data.</p>"
    "<p>You can give or refuse your consent to advertising at any time in the privacy settings.</p>"
)


@pytest.mark.parametrize(
    "content",
    [
        f'<div id="didomi-notice">{CONSENT}</div>',
        f'<section class="cookie-wall">{CONSENT}<button>Agree</button></section>',
        "<form><h2>Sign in</h2><input name='mail'><input type='password' name='p'><p>Forgot your password?</p></form>",
    ],
    ids=["framework", "own words", "login"],
)
def test_walls(content: str) -> None:
    """A page that asks for consent or a login has no body."""
    article = read(
        f"<!DOCTYPE html><html><head><title>Skerrin Post</title></head><body><main>{content}</main></body></html>"
    )
    assert (article.access, article.body) == ("wall", "")


def test_news_about_consent_is_no_wall() -> None:
    """An article about cookies and consent, with a consent layer beside it, is an article."""
    text = f"<p>{FIRST}</p><p>The council wants its partners to ask for consent before a cookie tracks a visitor.</p>"
    article = read(build("", text).replace("<nav>", f'<div id="onetrust-banner">{CONSENT}</div><nav>'))
    assert article.access == "full"
    assert FIRST in article.body


def list_entries(article: CleanArticle) -> list[tuple[str, str]]:
    """Return the time and the text of each entry."""
    return [(entry.at.value.strftime("%H:%M"), article.body[entry.start : entry.end]) for entry in article.entries]


def build_posts(times: list[str]) -> str:
    texts = (FIRST, REST, NEXT, f"{REST} {FIRST}")
    return "".join(
        f'<div class="post"><time datetime="2026-03-09T{at}:00Z">{at}</time><p>{text}</p></div>'
        for at, text in zip(times, texts, strict=False)
    )


def test_entries_by_their_times() -> None:
    """The entries of a live blog begin at the times that the page shows."""
    article = read(build('{"@type": "LiveBlogPosting"}', build_posts(["09:40", "08:15"])))
    assert list_entries(article) == [("09:40", FIRST), ("08:15", REST)]


def test_entries_without_linked_data() -> None:
    """Times in order that divide the text are a live blog, too; fewer, or times in no order, are not."""
    assert len(read(build("", build_posts(["09:40", "09:20", "08:50", "08:15"]))).entries) == 4
    assert read(build("", build_posts(["09:40", "08:15"]))).entries == ()
    assert read(build("", build_posts(["09:40", "08:15", "09:20", "08:50"]))).entries == ()


def test_stated_entries() -> None:
    """The updates in the JSON-LD are found in the body by their headings or texts."""
    updates = ", ".join(
        f'{{"@type": "BlogPosting", "datePublished": "2026-03-09T{at}:00+01:00", "articleBody": "{text}"}}'
        for at, text in (("10:30", FIRST), ("10:00", REST), ("09:30", "A text that the page does not show."))
    )
    page = build(f'{{"@type": "LiveBlogPosting", "liveBlogUpdate": [{updates}]}}', f"<p>{FIRST}</p><p>{REST}</p>")
    assert list_entries(read(page)) == [("09:30", FIRST), ("09:00", REST)]


def test_confidence() -> None:
    """Confidence is lower where text around or within the body was left out, low for a stub, and 0 for a wall."""
    whole = read(build("", f"<p>{FIRST}</p><p>{REST}</p><p>{NEXT}</p>" * 4)).confidence
    page = build("", f"<p>{FIRST}</p><p>{REST}</p><p>{NEXT}</p>" * 4)
    spans = [span for span in read(page).kept if span.field == "body"]
    body = read(page).body
    half = estimate_page(page, body[: len(body) // 2], spans[: len(spans) // 2], "full")
    stub = read(build(LOCKED % "", f"<p>{FIRST}</p>{REQUEST}")).confidence
    assert whole > half > stub > 0.0
    assert read(f"<html><body><main><div id='onetrust-pc'>{CONSENT}</div></main></body></html>").confidence == 0.0
    assert clean(RawArticle(content=f"{FIRST}\n\n{REST}"), reference=REFERENCE).confidence == CLEAN_TEXT


PIECES = st.sampled_from(
    [
        f"<p>{FIRST}</p>",
        REQUEST,
        f"<div class='consent'>{CONSENT}",
        "<time datetime='2026-03-09T08:00Z'>",
        "</div>",
        "<p>",
        "cookie ",
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, max_size=12))
def test_any_page_is_assessed(pieces: list[str]) -> None:
    """Whatever the markup, the spans account for the page and the entries are within the body, one after the other."""
    article = read(build('{"@type": "LiveBlogPosting"}', "".join(pieces)))
    ends = [0]
    for entry in article.entries:
        assert ends[-1] <= entry.start < entry.end <= len(article.body)
        ends.append(entry.end)
