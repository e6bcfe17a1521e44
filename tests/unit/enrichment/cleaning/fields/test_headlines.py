"""The headline of a text, of a page's dump and of an HTML page."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.metadata.page_metadata import read_metadata
from services.enrichment.cleaning.html.tree.source import PageSource
from tests.support.span_accounting import check_spans, clean_text
from tests.unit.enrichment.cleaning.golden import COST, QUOTE, START, VOTE

MENU = "  * Home\n  * News\n    + Harbour\n    + Fisheries\n  * Sport\n  * Weather\n  * Contact us\n  * Subscribe\n"
TEASERS = (
    "    Ferry fares to rise before the summer\n      March 2, 2026\n"
    "    Mayor Larsen opens the new harbour office\n      February 11, 2026\n"
)
FOOT = "  * About us\n  * Privacy policy\n  * Terms of use\n\n  (c) Baltic Press\n"
BODY = "\n\n".join(f"    {paragraph}" for paragraph in (VOTE, START, QUOTE, COST)) + "\n\n"
HEADLINE = "Council votes nine to two for a harbour bridge"


@pytest.mark.parametrize(
    "head",
    [
        f"  {HEADLINE}\n      By Marit Velden\n      March 9, 2026 at 9:15 AM\n      * Share\n      * Tweet\n",
        f"  HARBOUR\n  {HEADLINE}\n      Marit Velden\n      March 9, 2026\n      All the news of the sea\n",
        f"  {HEADLINE}\n    The mayor expects work on the crossing of the harbour to begin before the summer.\n"
        "      By Marit Velden\n",
        f"  Home » News » {HEADLINE}\n  {HEADLINE}\n      Marit Velden\n      The old ferry, on Sunday. (AP)\n",
        f"  {HEADLINE} [2026-03-09 15:24]\n    A bridge that the harbour has long waited for\n",
    ],
    ids=["byline and date", "kicker, name and slogan", "summary", "trail and caption", "time stamp"],
)
def test_a_dump_has_its_own_headline(head: str) -> None:
    """The headline is found among menus, teasers, names, dates, slogans and summaries, and without its time stamp."""
    raw = MENU + TEASERS + head + "\n" + BODY + FOOT

    article = clean_text(raw)

    check_spans(raw, article)
    assert article.headline == HEADLINE
    assert VOTE in article.body


def test_a_first_sentence_is_no_headline() -> None:
    """An article without a headline keeps its first paragraph, even if that is a single sentence."""
    first = "About thirty ferrymen of the harbour went on strike on Monday, the harbour office said."
    article = clean_text("\n\n".join((first, VOTE, START, QUOTE)))

    assert article.headline is None
    assert article.body.startswith(first)


def test_a_short_sentence_can_be_a_headline() -> None:
    """A headline can be a short sentence with a full stop."""
    article = clean_text("\n\n".join(("The harbour gets its bridge.", VOTE, START, QUOTE)))

    assert article.headline == "The harbour gets its bridge."


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("Council votes for a bridge - Baltic Press", "Baltic Press"),
        ("Council votes for a bridge | Baltic Press", ""),
        ("Opinion | Council votes for a bridge", "Council votes for a bridge"),
    ],
)
def test_a_title_loses_what_the_site_adds(title: str, heading: str) -> None:
    """The headline is a page's title without the site's name after it and the section's name before it."""
    page = (
        f'<meta property="og:title" content="{title}"><meta property="og:site_name" content="Baltic Press">'
        f"<title>{title}</title><h1>{heading}</h1>"
    )

    assert read_metadata(PageSource(page)).title == "Council votes for a bridge"
