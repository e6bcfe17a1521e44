"""Character references in a plain text that was cut out of a page."""

from __future__ import annotations

import pytest

from tests.support.span_accounting import check_spans, clean_text

LEAD = "The pilots of Tarnby harbour went on strike on Monday, the board said in the evening."


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (
            "&ldquo;We won&#8217;t sail,&rdquo; Ada Lund of Quay &amp; Sons said.",
            "“We won’t sail,” Ada Lund of Quay & Sons said.",
        ),
        ("The fee is nine&nbsp;crowns, the board of Tarnby said.", "The fee is nine crowns, the board of Tarnby said."),
        (
            "The page /tide?a=1&copy=2&reg;=3 has the hours, it said.",
            "The page /tide?a=1&copy=2®=3 has the hours, it said.",
        ),
        (
            "The &nosuch; mark and R&D stay as they are, it said.",
            "The &nosuch; mark and R&D stay as they are, it said.",
        ),
        ("The fee &#1;rose to nine crowns, the board said.", "The fee rose to nine crowns, the board said."),
    ],
)
def test_references_in_a_text(raw: str, text: str) -> None:
    """References with their end mark are decoded, and every character of the raw text is accounted for."""
    content = f"{LEAD}\n\n{raw}\n"
    article = clean_text(content)

    check_spans(content, article)
    assert article.body == f"{LEAD}\n\n{text}"
