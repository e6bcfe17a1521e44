"""Fixtures of the tests in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from services.contracts.event import EnrichedArticle, StoryReason
from services.page.ports import Ports
from services.page.views.routing import ConditionView, RouteView, RoutingView
from tests.page.browser import WIDE, find_programs, open_browser, read_log, set_window
from tests.page.desk import Desk, run_desk
from tests.support.page_events import (
    HOSTILE,
    add_story,
    add_to,
    build_copy_verdict,
    build_page_event,
    build_story,
    enrich_falsely,
)

BODY = "The port of Bergen was closed.\n\nAnna Berg was pleased, and Bergen was quiet."
RAW = f"Home | Sport | Weather\n{BODY}\nUpdated at noon"
ARABIC = "أغلق ميناء بيرغن بسبب العاصفة"

REASONS = (
    StoryReason(kind="names", values=("Bergen", "Anna Berg")),
    StoryReason(kind="other_numbers", values=("ships 12",)),
)


def fill(desk: Desk) -> None:
    """Add an original, an article of its story, an Arabic article and a hostile one, with their stories."""
    copy = build_page_event(
        "copy",
        body=BODY.replace("closed", "shut"),
        raw=RAW.replace("closed", "shut"),
        duplicate=build_copy_verdict("original"),
    )
    arabic = build_page_event(
        "arabic", headline=ARABIC, body=f"{ARABIC}\n\n{ARABIC}", language="ar", polarity=None, names=()
    )
    hostile = build_page_event("hostile", headline=HOSTILE, body=f"{HOSTILE}\n\nAnna Berg {HOSTILE}", raw=None)
    events = (
        add_story(build_page_event("original", body=BODY, raw=RAW), "original"),
        add_story(copy, "original", 2, REASONS),
        add_story(arabic, "arabic"),
        add_story(hostile, "hostile", 2, [StoryReason(kind="words", values=(HOSTILE, HOSTILE))]),
    )
    for number, event in enumerate(events):
        desk.call(lambda window, event=event, number=number: add_to(window, event, 1_700_000_000_000 + number))  # type: ignore[misc]
    desk.call(lambda window: window.add_route("original", "shipping"))
    for story in (
        build_story("original", articles=2),
        build_story("arabic", articles=1, headline=ARABIC, names=("بيرغن",), language="ar"),
        build_story("hostile", articles=4, headline=HOSTILE, names=(HOSTILE,), language="de"),
    ):
        desk.call(lambda window, story=story: window.stories.add(story))  # type: ignore[misc]


async def find_raw_text(event: EnrichedArticle) -> str | None:
    return {"original": RAW, "copy": RAW.replace("closed", "shut"), "hostile": HOSTILE}.get(event.id)


def explain(_: EnrichedArticle) -> RoutingView:
    parts = (ConditionView("language: en", True, "the language is en"), ConditionView("sentiment: positive", False))
    return RoutingView(
        "3f9a2c", ("shipping",), False, (RouteView("shipping", True, ConditionView("any", True, "", parts)),)
    )


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    """Run one browser for the tests of a module."""
    if find_programs() is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium chromium-driver")
    with open_browser() as driver:
        yield driver


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Serve a page with four events."""
    with run_desk(Ports(find_raw_text=find_raw_text, enrich=enrich_falsely, explain_routes=explain)) as desk:
        fill(desk)
        yield desk


@pytest.fixture
def page(driver: Chrome, desk: Desk) -> Iterator[Chrome]:
    """Open the stream in a wide window; afterwards, no script has failed and nothing was blocked."""
    set_window(driver, WIDE)
    driver.get(desk.url)
    yield driver
    logged = [entry["message"] for entry in read_log(driver, "browser") if entry["level"] in ("SEVERE", "WARNING")]
    driver.get("about:blank")
    # The page of an event that is not in memory has the status 404, which the browser logs.
    assert [message for message in logged if "/events/missing" not in message] == []
