"""The choice of the text that is the body of the article."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.extract.extraction import choose_nearer, join_extracts
from services.enrichment.cleaning.html.tree.source import PageSource
from tests.support.span_accounting import check_spans, clean_html

OWN = [
    "The lighthouse of Marrow was switched off on Sunday after a hundred and forty years, the harbour office said.",
    "Its lamp goes to the museum, where the last keeper shows visitors how the lens was turned by hand.",
    "Fishermen had asked the council in June to leave the light on during the herring season, which ends in November.",
    "The council says that the new buoys can be seen from as far away, and cost a tenth of what the tower does.",
]
OTHERS = [
    [f"Story {number}: the ferry to Tolm stayed in port, and {number + 3} lorries waited for it through the night."] * 3
    for number in range(8)
]


def build_page() -> str:
    """Return a page that shows other whole articles below its own one."""
    articles = "".join(
        f"<article><h2>Other {number}</h2><p>{'</p><p>Again. '.join(texts)}</p></article>"
        for number, texts in enumerate(OTHERS)
    )
    own = "".join(f"<p>{text}</p>" for text in OWN)
    return f"<html><body><article class=post><h1>Light out</h1><div>{own}</div></article>{articles}</body></html>"


def test_other_articles_of_the_page_are_not_added() -> None:
    """A short article is the body although the other articles of its page are longer."""
    body = clean_html(build_page()).body
    assert all(text in body for text in OWN)
    assert "ferry to Tolm" not in body


@pytest.mark.parametrize("around", ["<section class=comments>{}</section>", "<footer>{}</footer>", "<form>{}</form>"])
def test_an_article_element_that_is_no_article_does_not_hide_the_body(around: str) -> None:
    """A long comment, or a teaser in a footer, that is the page's only `<article>` is not the body."""
    own, other = ("".join(f"<p>{text}</p>" for text in texts) for texts in (OWN * 3, [text for text, *_ in OTHERS]))
    others = around.format(f"<article>{other}</article>")
    html = f"<html><body><h1>Light out</h1><div>{own}</div>{others}</body></html>"
    body = clean_html(html).body
    assert all(text in body for text in OWN)
    assert "ferry to Tolm" not in body


@pytest.mark.parametrize("repeated", [1, 3])
def test_the_article_element_is_enough_if_it_has_a_whole_article(repeated: int) -> None:
    """The body of a page is that of its article's element, whether the rest of the page is read or not."""
    texts = [f"{text} {number}" for number in range(repeated) for text in OWN]
    own = "".join(f"<p>{text}</p>" for text in texts)
    menu = "".join(f"<li><a href=/{number}>{texts[0]}</a></li>" for number, texts in enumerate(OTHERS))
    html = (
        f"<html><body><ul>{menu}</ul><div class=article-body>{own}</div><div><p>{OTHERS[0][0]}</p></div></body></html>"
    )
    assert clean_html(html).body.split("\n\n") == texts


@pytest.mark.parametrize(
    ("found", "second", "stated", "chosen"),
    [(60, 98, 100, 98), (80, 190, 100, 80), (80, 80, 100, 80), (70, 0, 100, 70)],
)
def test_the_stated_length_decides_between_two_extracts(found: int, second: int, stated: int, chosen: int) -> None:
    """The extract whose length is nearer to that of the body in the JSON-LD is chosen."""
    assert len(choose_nearer("a" * found, "b" * second, stated)) == chosen


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (OWN[:1], OWN[2:], [OWN[0], *OWN[2:]]),
        (OWN[3:], OWN[:2], [*OWN[:2], OWN[3]]),
        (OWN[:2], OWN[1:], OWN[1:]),
        (["Light out"], OWN[1:], OWN[1:]),
        ([OTHERS[0][0].replace("ferry", "pilot boat")], OWN, OWN),
    ],
    ids=["beginning", "end", "in common", "no paragraph", "not on the page"],
)
def test_two_extracts_of_different_parts_are_joined(first: list[str], second: list[str], joined: list[str]) -> None:
    """Two extracts without a common paragraph are two parts of one article, in the order of the page."""
    assert join_extracts(PageSource(build_page()), "\n".join(first), "\n".join(second)) == "\n".join(joined)


def test_a_paragraph_that_the_article_repeats_stays() -> None:
    """A paragraph that is twice within the article, such as a refrain, is twice in the body."""
    texts = [*OWN[:3], OWN[1], OWN[3]]
    paragraphs = "".join(f"<p>{text}</p>" for text in texts)
    page = f"<html><body><article><h1>Light out</h1><div>{paragraphs}</div></article></body></html>"
    article = clean_html(page)

    check_spans(page, article)
    assert article.body.split("\n\n") == texts


def test_lines_of_the_markup_are_no_paragraphs() -> None:
    """Text that is wrapped in the markup, directly in a division, is one paragraph, and a `<br>` begins a new one."""
    wrapped = "<br>\n".join(text.replace(" the ", "\n  the ") for text in OWN)
    page = f"<html><body><article><h1>Light out</h1><div>\n{wrapped}\n</div></article></body></html>"
    article = clean_html(page)

    check_spans(page, article)
    assert article.body.split("\n\n") == OWN


def test_the_entries_of_a_short_live_page_are_in_the_order_of_the_page() -> None:
    """On a page with little text, headings stay with their paragraphs although trafilatura takes only some of them."""
    times = ["12:40", "12:10", "11:30"]
    entries = "".join(
        f"<div><time datetime='2026-03-02T{time}:00Z'>{time}</time><h3>Update {time}</h3><p>{text}</p></div>"
        for time, text in zip(times, OWN[1:], strict=True)
    )
    page = (
        f"<html><body><main><h1>Light out</h1><p class=deck>Our reporters on the pier</p>{entries}</main></body></html>"
    )
    article = clean_html(page)

    check_spans(page, article)
    shown = [part for time, text in zip(times, OWN[1:], strict=True) for part in (f"Update {time}", text)]
    places = [article.body.find(text) for text in shown]
    assert -1 not in places
    assert places == sorted(places)
