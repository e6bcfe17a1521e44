"""Fragments of pages, briefs, and bodies in JSON-LD."""

from __future__ import annotations

import json

import pytest

from tests.support.span_accounting import check_spans, clean_html

ONE = "The pilots of Tarnby harbour went on strike on Monday."
TWO = "Nine ships wait outside the harbour, the board said."
THREE = "A mediator is to arrive on the Wednesday ferry."
TITLE = "Pilots of Tarnby strike"
MENU = "<header><nav><ul><li><a href=/>Home</a></li><li><a href=/s>Sport</a></li></ul></nav></header>"
FOOTER = "<footer><p>Tide Post, 1 Quay Street. All rights reserved.</p></footer>"


@pytest.mark.parametrize(
    "fragment",
    [
        f"{ONE}<br/>{TWO}<br>{THREE}",
        f"{ONE}<br><br>{TWO}<br><br>{THREE}",
        f"<p>{ONE}<br/><br/>{TWO}<br/><br/>{THREE}</p>",
        f"<div>{ONE}<p>{TWO}</p>{THREE}</div>",
        f"<aside><p>{ONE}</p></aside><p>{TWO}</p><p>{THREE}</p>",
        f"<p style='display: none'>words for robots <b>x</b></p><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>",
        f"<p><![CDATA[{ONE}]]></p><p>{TWO}</p><p>{THREE}</p>",
        f"<blockquote>{ONE}</blockquote><ul><li>{TWO}</li><li>{THREE}</li></ul>",
    ],
)
def test_a_fragment_is_kept_whole(fragment: str) -> None:
    """All visible text of a fragment, as a feed has it, is the article, with one paragraph for each line."""
    article = clean_html(fragment, TITLE)

    check_spans(fragment, article)
    assert article.headline == TITLE
    assert article.body.split("\n\n") == [ONE, TWO, THREE]


def test_subheadings_of_a_fragment_stay() -> None:
    """The subheadings of a fragment are part of the body."""
    fragment = f"<h3>What is known</h3><p>{ONE}</p><h4>What comes next</h4><p>{TWO}</p>"
    assert clean_html(fragment, TITLE).body.split("\n\n") == ["What is known", ONE, "What comes next", TWO]


@pytest.mark.parametrize(
    ("main", "body"),
    [
        (f"<article><h1>{TITLE}</h1><p>{ONE}</p></article>", ONE),
        (
            f"<article><h1>{TITLE}</h1><p class=byline>By Ada Lund</p><p>{ONE}</p><p>{TWO}</p></article>",
            f"{ONE}\n\n{TWO}",
        ),
        (f"<main><h1>{TITLE}</h1><p>The strike is over.</p></main>", "The strike is over."),
        (
            f"<main><h1>{TITLE}</h1><aside class=text><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></aside></main>",
            f"{ONE}\n\n{TWO}\n\n{THREE}",
        ),
    ],
)
def test_a_brief_is_its_sentences(main: str, body: str) -> None:
    """A page with a brief of some sentences gives these, without the menu and the footer."""
    page = f"<!doctype html><html><head><title>{TITLE}</title></head><body>{MENU}{main}{FOOTER}</body></html>"
    article = clean_html(page)

    check_spans(page, article)
    assert (article.headline, article.body) == (TITLE, body)


def test_a_body_in_linked_data_is_read() -> None:
    """A body that the page has in its JSON-LD alone is the article, and its words have their places in the page."""
    text = "\n\n".join([ONE, TWO, f'"{THREE}" \u00e9'] * 4)
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": text})
    page = (
        f"<!doctype html><html><head><title>{TITLE}</title><script type=application/ld+json>{data}</script></head>"
        f"<body>{MENU}<main><div id=app></div></main>{FOOTER}</body></html>"
    )
    article = clean_html(page)

    check_spans(page, article)
    assert article.body.startswith(f"{ONE}\n\n{TWO}\n\n")
    assert article.headline == TITLE
    assert any(span.field == "body" and page[span.raw_start : span.raw_end] == ONE for span in article.kept)


def test_captions_of_figures_are_read() -> None:
    """The caption of a figure in the article is a caption, with its credit, and has its place in the page."""
    text = f"<p>{ONE} {TWO} {THREE}</p>" * 4
    figures = (
        "<figure><img src=p><figcaption>Pilot boats in Tarnby. Photo: Ada Lund</figcaption></figure>"
        "<figure><img src=q><figcaption>The empty quay on Tuesday</figcaption></figure>"
    )
    page = (
        f"<!doctype html><html><head><title>{TITLE}</title></head><body>{MENU}<article><h1>{TITLE}</h1>{figures}{text}"
        f"</article><aside><figure><figcaption>Another article</figcaption></figure></aside>{FOOTER}</body></html>"
    )
    article = clean_html(page)

    check_spans(page, article)
    assert [(caption.text, caption.credit) for caption in article.captions] == [
        ("Pilot boats in Tarnby.", "Ada Lund"),
        ("The empty quay on Tuesday", None),
    ]
    assert "quay on Tuesday" not in article.body
