"""The standfirst of a page, which trafilatura leaves out where it is in the page's header."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.extract.standfirst import add_standfirst
from services.enrichment.cleaning.html.tree.source import PageSource
from tests.support.span_accounting import check_spans, clean_html

SUMMARY = "The mill at Orrin will grind again, and the village pays for the wheel"
STORY = [
    "Four carpenters from Skelder carried the oak shaft into the mill on Thursday, and the miller closed the door.",
    "The council had voted the money in spring, after a winter in which the roof lost half of its slates to the wind.",
    "Flour from Orrin was sold as far as Tolm until the railway closed, and the stones have not turned since then.",
]


def build_page(header: str, description: str) -> str:
    """Return a page with a header above its article."""
    story = "".join(f"<p>{text}</p>" for text in STORY)
    return (
        f'<html><head><meta property="og:description" content="{description}"></head><body>'
        f"<div class=page-header><h1>Mill returns</h1>{header}</div><div class=article-body>{story}</div></body></html>"
    )


@pytest.mark.parametrize(
    "description", [SUMMARY, f"{SUMMARY}.", f"{SUMMARY[:50]}…", f"{SUMMARY}. More in our paper."], ids=str.__len__
)
def test_the_standfirst_is_the_first_paragraph(description: str) -> None:
    """The line below the headline that is the page's description is part of the body, with its place in the page."""
    page = build_page(f"<span class=deck>{SUMMARY}</span>", description)
    article = clean_html(page)

    check_spans(page, article)
    assert article.body.split("\n\n") == [SUMMARY, *STORY]
    assert any(span.field == "body" and page[span.raw_start : span.raw_end] == SUMMARY for span in article.kept)


@pytest.mark.parametrize(
    ("header", "description", "body"),
    [
        ("", SUMMARY, STORY),
        (f"<p>{SUMMARY}</p>", "News from the valleys, each day at noon, for readers of all ages", STORY),
        (f"<p>{SUMMARY}</p>", SUMMARY[:20], STORY),
        (f"<script>'{SUMMARY}'</script>", SUMMARY, STORY),
        (f"<a title='{SUMMARY}'>Share</a>", SUMMARY, STORY),
        ("", STORY[1][:80], STORY),
        (f"<p>{SUMMARY}</p>", SUMMARY, [SUMMARY, *STORY]),
    ],
    ids=["not shown", "other text", "too short", "in a script", "in an attribute", "of the body", "in the body"],
)
def test_another_text_is_not_added(header: str, description: str, body: list[str]) -> None:
    """A description that the page does not show above the body, or that the body has, adds nothing."""
    text = "\n".join(body)
    assert add_standfirst(PageSource(build_page(header, description)), text, [description]) == text
