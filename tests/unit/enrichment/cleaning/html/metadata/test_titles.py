"""The headline is the one that a reader sees, even if a page has another one for search engines."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.metadata.titles import find_heading, find_title, read_headings
from services.enrichment.cleaning.html.metadata.visible_fields import VisibleFields
from services.enrichment.cleaning.html.tree.source import PageSource

SEARCH = "Ferry Skerrin: what passengers have to know about the new lamp"
SHOWN = "Ferry to Skerrin sails again at night"


@pytest.mark.parametrize(
    ("page", "titles", "headline"),
    [
        (f"<title>{SEARCH}</title><h1>{SEARCH}</h1><h2>Islands {SHOWN}</h2>", [SHOWN, SEARCH], SHOWN),
        (f"<title>{SEARCH}</title><h1>{SEARCH}</h1><h2>More from the islands</h2>", [SHOWN, SEARCH], SEARCH),
        (f"<title>{SEARCH}</title><h1>{SHOWN}</h1>", [SEARCH], SHOWN),
        (f"<title>{SEARCH}</title><h1>Islands</h1>", [SEARCH], SEARCH),
        (f"<title>{SHOWN[:-9]}… - Post</title><h1>{SHOWN}</h1>", [], SHOWN),
        (f"<title>{SHOWN} - Post</title><h1>The post of the northern isles</h1><h2>{SHOWN}</h2>", [], SHOWN),
        (f"<title>{SHOWN} - Post</title><h1>{SHOWN}<a class=mark href='#lamp'>&para;</a></h1>", [], SHOWN),
        (f"<title>{SHOWN} - Post</title><h1><a href='#'>{SHOWN}</a></h1>", [], SHOWN),
    ],
    ids=["lower heading", "not shown", "only heading", "label", "shortened", "slogan", "mark", "linked"],
)
def test_headline(page: str, titles: list[str], headline: str) -> None:
    """If titles differ, the one that is a heading of the page is the headline; a label or the site's slogan is not."""
    assert find_title(read_headings(PageSource(page)), titles, ["Post"]) == headline


def test_fields_are_read_below_a_lower_heading() -> None:
    """In a page without a main heading, byline and time are read below the heading that is the headline."""
    page = f"{'<p>Menu</p>' * 900}<h3>{SHOWN}</h3><div>Mo 09.03.26 | 17:40 Uhr | Von <i class='authorname'>Ida Ross</i>"
    headings = read_headings(PageSource(page))
    assert find_heading(headings, SHOWN) == page.find("<h3>")
    fields = VisibleFields(PageSource(page), headings, SHOWN)
    assert fields.find_authors() == ["Ida Ross"]
    ((time,), changed) = fields.find_times("de", None)
    assert (time.value.date().isoformat(), changed) == ("2026-03-09", [])
