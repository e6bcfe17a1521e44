"""The page shows the stream and each view of an event, and says what is missing."""

from __future__ import annotations

import pytest

from services.contracts.event import EnrichedArticle, Incomplete, Part
from services.outcomes import Reason
from services.page.ports import Ports
from services.page.views.routing import ConditionView, RouteView, RoutingView
from services.page.windows.events import EventWindow
from tests.support.page_events import RAW_TEXT, add_to, build_copy_verdict, build_page_event, open_page


async def find_raw(_: EnrichedArticle) -> str | None:
    return RAW_TEXT


async def test_each_view_of_an_event_is_shown(window: EventWindow) -> None:
    """Text, raw text, comparison and JSON are pages of their own."""
    page = open_page(window, Ports(find_raw_text=find_raw))
    assert "Anna Berg</bdi>" in (await page.get("/events/orig")).text
    raw = (await page.get("/events/orig?view=raw")).text
    assert 'data-rule="navigation"' in raw
    assert 'data-rule="update note, 95%"' in raw
    changes = (await page.get("/events/copy?view=changes")).text
    assert "<del>Bergen</del>" in changes
    assert "<ins>Oslo</ins>" in changes
    assert "&#34;verdict&#34;: &#34;near&#34;" in (await page.get("/events/copy?view=json")).text
    assert (await page.get("/events/orig?view=nonsense")).status_code == 200


async def test_what_is_missing_is_said(window: EventWindow) -> None:
    """A page says that the raw text, the original or the event is not there, and gives the id."""
    add_to(window, build_page_event("late", duplicate=build_copy_verdict("forgotten", "exact")))
    page = open_page(window)
    assert "not there any more" in (await page.get("/events/orig?view=raw")).text
    changes = (await page.get("/events/late?view=changes")).text
    assert 'href="/events/forgotten"' in changes
    gone = await page.get("/events/forgotten")
    assert gone.status_code == 404
    assert "forgotten" in gone.text
    assert (await page.get("/nowhere")).status_code == 404
    assert "nothing to compare" in (await page.get("/events/orig?view=changes")).text


async def test_routes_show_their_conditions(window: EventWindow) -> None:
    """Each route has its answer, and each condition its answer and the value that decided."""
    language = ConditionView("language: en", True, "the language is en")
    tree = ConditionView("all of these", True, parts=(language, ConditionView("sentiment: negative", None)))
    routes = (RouteView("shipping", True, tree, "Ships & ports"), RouteView("rest", False, language))
    view = RoutingView("3f9a", ("shipping",), False, routes)
    html = (await open_page(window, Ports(explain_routes=lambda _: view)).get("/events/orig")).text
    for expected in ("language: en</bdi>", "the language is en", "not known", "Ships &amp; ports", "rules 3f9a"):
        assert expected in html
    assert html.count("<details open") == 1
    assert "other rules" not in html
    window.add_route("orig", "harbour", "other-version")
    html = (await open_page(window, Ports(explain_routes=lambda _: view)).get("/events/orig")).text
    assert "other rules, other-version" in html


async def test_a_missing_part_has_its_reason(window: EventWindow) -> None:
    """If sentiment, topics or names are missing, the page says why."""
    event = build_page_event("foreign", language="de", polarity=None, names=())
    parts: tuple[Part, ...] = ("entities", "sentiment", "topics")
    missing = [Incomplete(part=part, reason=Reason.UNSUPPORTED_LANGUAGE) for part in parts]
    enrichment = event.enrichment.model_copy(update={"incomplete": tuple(missing)})
    add_to(window, event.model_copy(update={"entities": None, "enrichment": enrichment}))
    html = (await open_page(window).get("/events/foreign")).text
    assert html.count("the models do not read this language") == 6


async def test_records_that_are_no_events_are_counted(window: EventWindow) -> None:
    """A reader learns that the topic has records that the page cannot show."""
    assert "no events" not in (await open_page(window).get("/")).text
    window.unreadable = 3
    assert "3 records that this version cannot read" in (await open_page(window).get("/")).text


@pytest.mark.parametrize("query", ["?limit=1", "?limit=99999", "?limit=-1", "?limit=x", "?limit=٣"])
async def test_any_limit_is_answered(window: EventWindow, query: str) -> None:
    """A wrong number of lines is no error."""
    assert (await open_page(window).get(f"/{query}")).status_code == 200
