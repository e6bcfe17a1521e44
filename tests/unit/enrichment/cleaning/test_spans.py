"""Every character of any input is accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrichment.cleaning import locate
from services.enrichment.cleaning.offset_map import CONTROL
from tests.support.span_accounting import check_spans, clean_html, clean_text

LINES = st.sampled_from(
    [
        "Home Back",
        "News | Sport | Weather",
        "upi.com 2 days ago",
        "Published March 4, 2026 at 9:15 AM UTC | Updated March 5, 2026",
        "By Ingrid Larsen and Rui Bragança",
        "Council votes for the new harbour bridge",
        "The bridge at dawn. Photo by Marit Velden/Baltic Press",
        "VALLETTA, Malta, March 4 (Reuters) -- The council voted on Monday for a bridge that engineers call overdue.",
        "The vote was nine to two, and the mayor said that work would begin before the summer of next year.",
        '"We have waited long enough," she said.',
        "Results",
        "Cork 2 Bergen 1",
        "Share",
        "Read more: Ferry fares to rise",
        "People are also reading",
        "Ferry fares to rise in April",
        "This story has been updated.",
        "Our Standards: The Principles of Trust.",
        "© 2026 Harbour Post",
        "  * Ferries",
        "市議会は火曜日、港にかかる新しい橋が春に開通すると発表した。",
        "قال المجلس يوم الثلاثاء إن الجسر الجديد سيفتتح في الربيع.",
        "\u200fשלום עולם\u200e",
        "a\x00b\x1b[31mred\x1b[0m\x85\u2028\ufeff",
        "\t indented line of a paragraph",
        "",
        " ",
        "\r",
    ]
)
LETTERS = st.one_of(
    st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo"]), st.characters(categories=["Mn", "Mc", "Me"])
)
SIGNS = st.one_of(
    st.characters(categories=["Nd", "Nl", "No"]), st.characters(categories=["Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"])
)
OTHERS = st.one_of(
    st.characters(categories=["Sm", "Sc", "Sk", "So"]),
    st.characters(categories=["Zs", "Zl", "Zp"]),
    st.characters(categories=["Cc", "Cf", "Co", "Cn"]),
)
CHARACTERS = st.one_of(LETTERS, SIGNS, OTHERS)
"""Characters of every general category of Unicode that a text can have, the rare ones as often as the common ones."""

BLANKS_AND_MARKS = st.text(
    st.one_of(st.characters(categories=["Zs", "Cf"]), st.sampled_from("|-–—•·*+>»/,.:()[]09")), min_size=1, max_size=8
)
TEXTS = st.one_of(
    st.text(min_size=1, max_size=300),
    st.text(CHARACTERS, min_size=1, max_size=100),
    st.lists(st.one_of(LINES, BLANKS_AND_MARKS), min_size=1, max_size=20).map("\n".join),
    st.lists(st.one_of(LINES, st.text(max_size=60)), min_size=1, max_size=30).map("\n".join),
    st.lists(LINES, min_size=1, max_size=30).map("\r\n".join),
    st.lists(LINES, min_size=1, max_size=30).map("\n\n".join),
).filter(bool)

MARKUP = st.sampled_from(
    [
        *"<p> </p> <div> </div> <b> </b> </a> <br/> <h1> </h1> <li> <script> <!-- --> < > & &amp; &nbsp;".split(),
        *"&#8217; &bogus; <body> <table><tr><td> </html> <![CDATA[ <style>p{}</style>".split(),
        "<a href='/x?a=1&b=2'>",
        "<script>var a = '<p>no</p>';</script>",
        "<head><title>Bridge</title></head>",
        "<meta property='og:title' content='Council votes for the new harbour bridge'>",
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council votes","author":["A"]}</script>',
    ]
)
REFERENCES = st.one_of(
    st.integers(0, 0x110100).map("&#{};".format),
    st.integers(0, 0x110100).map("&#x{:x}".format),
    st.sampled_from(["&#0;", "&#8;", "&#x7f;", "&#xfffe;", "&#xd800;", "&#x110000;", "&lt", "&NotEqualTilde;", "&#;"]),
)
TAGS = st.builds(
    lambda name, attributes, end: f"<{name} {attributes}{end}",
    st.sampled_from(["p", "/p", "div", "time", "meta", "a", "/a", "h1", "td", "script", "svg", "math", "font", "x-y"]),
    st.lists(
        st.builds(
            "{}={}{}{}".format,
            st.sampled_from(["class", "id", "datetime", "itemprop", "rel", "property", "content", "style", "x" * 70]),
            st.sampled_from(["'", '"', "", "="]),
            st.one_of(st.text(max_size=20), st.sampled_from(["author", "datePublished", "2026-99-99", "display:none"])),
            st.sampled_from(["'", '"', ""]),
        ),
        max_size=4,
    ).map(" ".join),
    st.sampled_from([">", "/>", "", "<"]),
)
PAGES = (
    st.lists(st.one_of(MARKUP, LINES, REFERENCES, TAGS, BLANKS_AND_MARKS, st.text(CHARACTERS, max_size=30)), min_size=1)
    .map("".join)
    .filter(bool)
)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_text_is_accounted_for(raw: str) -> None:
    """Each character of any plain text is kept unchanged in a field or removed by a named rule."""
    check_spans(raw, clean_text(raw))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.one_of(LINES, st.text(max_size=80)))
def test_a_given_title_is_the_headline(raw: str, title: str) -> None:
    """A title that the source gives is the headline, except for blanks and case; every character is accounted for."""
    article = clean_text(raw, title)

    check_spans(raw, article)
    if title.strip():
        assert (article.headline or "").split() == title.split() or (
            article.headline or ""
        ).casefold() == title.casefold()


@settings(max_examples=150, deadline=None)
@given(PAGES)
def test_a_page_is_accounted_for(raw: str) -> None:
    """Each character of any page, even a broken one, is kept unchanged in a field or removed by a named rule."""
    check_spans(raw, clean_html(raw))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.data())
def test_a_span_of_the_body_is_found_in_the_raw_text(raw: str, data: st.DataObject) -> None:
    """Any stretch of the body is found unchanged in the raw text, or is not there in one piece."""
    article = clean_text(raw)
    start = data.draw(st.integers(0, len(article.body)))
    end = data.draw(st.integers(start, len(article.body)))

    found = locate(article.kept, "body", start, end)

    assert found is None or raw[slice(*found)] == article.body[start:end]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_paragraphs_are_verbatim(raw: str) -> None:
    """Each paragraph of a text without control characters is one stretch of the raw text."""
    article = clean_text(raw)

    for paragraph in article.body.split("\n\n"):
        if not CONTROL.search(raw) and not any(letter in "\t\n" for letter in raw):
            assert paragraph in raw


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_cleaning_is_a_function(raw: str) -> None:
    """The same text always gives the same article."""
    assert clean_text(raw) == clean_text(raw)


@pytest.mark.parametrize(
    "line",
    ["| |", "•\u3000•", "-\u2003", "»\u205f\u202f«", "\u1680*", "1.\u2009|\u2009", "(\u200b)", "\u2060-\u2060"],
)
def test_a_line_of_marks_and_blanks_costs_no_article(line: str) -> None:
    """A line of marks around any blank of Unicode is accounted for, and the lines around it stay."""
    raw = (
        f"Council votes for the bridge\n\n{line}\n\nThe council voted on Monday for a bridge over the harbour of Cork."
    )
    article = clean_text(raw)

    check_spans(raw, article)
    assert article.body.endswith("The council voted on Monday for a bridge over the harbour of Cork.")


@pytest.mark.parametrize("code", [*range(1, 9), 11, *range(14, 32), 127, 0xFDD0, 0xFFFE, 0x1FFFF, 0xD800, 0x110000])
def test_a_reference_to_no_character_costs_no_page(code: int) -> None:
    """A page with a reference to a control character or to no character is cleaned, with the text around it."""
    raw = f"&#{code};<p>The council voted&#{code}; on Monday for a bridge.</p>&#x{code:x};"
    article = clean_html(raw)

    check_spans(raw, article)
    assert "on Monday for a bridge." in f"{article.headline} {article.body}"


@pytest.mark.parametrize("raw", ["x", "\x00", " ", "\n\n", "\ufeff", "…", "<", "&", "</p>"])
def test_an_input_of_one_character_is_accounted_for(raw: str) -> None:
    """A text or a page of one or two characters is accounted for."""
    check_spans(raw, clean_text(raw))
    check_spans(raw, clean_html(raw))
