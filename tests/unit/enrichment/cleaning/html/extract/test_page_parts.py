"""Bodies that a page splits into parts."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.extract.page_parts import join_parts
from tests.support.span_accounting import check_spans, clean_html

FIRST = "".join(
    f"<p>The harbour of Tarnby was opened on day {n} by the authority, which runs it.</p>" for n in range(4)
)
SECOND = "".join(f"<p>Ferry {n} was late all the same, as it was in the year before the works.</p>" for n in range(9))
BETWEEN = '<div class="ad"><span>Advertisement</span></div><div class="rail"><a href="/x">Fares rise</a></div>'


def build_page(*parts: str, between: str = BETWEEN, names: str = "grid article__body") -> str:
    """Return a page whose body has these parts, with other markup between them."""
    divided = between.join(f'<div class="{names}">{part}</div>' for part in parts)
    return f"<html><body><h1>Harbour opens</h1><div class=page>{divided}</div><footer>© Post</footer></body></html>"


def test_both_parts_are_the_body() -> None:
    """Both parts are kept, the markup between them is removed, and every character is accounted for."""
    html = build_page(FIRST, SECOND)
    article = clean_html(html)
    assert "day 0" in article.body
    assert "Ferry 8" in article.body
    assert "Fares rise" not in article.body
    check_spans(html, article)


@pytest.mark.parametrize(
    "html",
    [
        build_page(FIRST),
        build_page(FIRST, SECOND, between="<h2>Fares rise</h2>"),
        build_page(FIRST, SECOND, between="<article>"),
        build_page(FIRST, "<p>A line.</p>"),
        build_page(FIRST, SECOND, names="comment"),
        build_page(FIRST).replace("</div>", ""),
        "",
    ],
)
def test_other_pages_stay_as_they_are(html: str) -> None:
    """A page with one part, parts of several articles, boxes of one line, comments or broken markup is not changed."""
    assert join_parts(html) == html
