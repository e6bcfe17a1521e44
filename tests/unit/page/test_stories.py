"""The page lists stories, shows the articles of one, and links events with their stories."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from services.contracts.event import Novelty, StoryReason
from services.page.story_pages import MAX_ARTICLES
from services.page.windows.events import EventWindow
from tests.support.events import build_novelty
from tests.support.page_events import (
    HOSTILE,
    add_story,
    add_to,
    build_page_event,
    build_story,
    open_page,
    read_tags,
    require_harmless,
)

REASONS = (
    StoryReason(kind="words", values=("harbour", "storm")),
    StoryReason(kind="other_dates", values=("14 March",)),
)


@pytest.fixture
def window() -> EventWindow:
    """Build a window with a story of two articles, of which one is in another story that was merged."""
    window = EventWindow()
    add_to(window, add_story(build_page_event("first", headline="Port closed"), "storm"), 1)
    later = build_page_event(
        "later", headline="Port reopens", body="Per Dahl spoke.", names=(("Per Dahl", "PER", "neutral"),)
    )
    add_to(window, add_story(later, "ferry", 2, REASONS), 2)
    window.stories.add(build_story("storm", articles=4, headline="Storm over Bergen"))
    window.stories.add(build_story("ferry").model_copy(update={"status": "merged", "merged_into": "storm"}))
    return window


async def test_the_list_has_the_facts_of_each_story(window: EventWindow) -> None:
    """A line has headline, size, independent sources, copies, status, names and the span of time."""
    html = (await open_page(window).get("/stories")).text
    for expected in ("Storm over Bergen", "4 articles", "2 independent sources", "1 copy", ">open<", "Anna Berg"):
        assert expected in html
    assert "for 2 hours 5 minutes" in html
    assert 'href="/stories/storm"' in html
    assert 'href="/stories/ferry"' not in html
    assert "No story meets the filter" in (await open_page(window).get("/stories?language=xx")).text


async def test_a_story_has_its_articles_and_what_each_added(window: EventWindow) -> None:
    """The articles are in their order, with the names that are new, other facts, probability and reasons."""
    page = open_page(window)
    html = (await page.get("/stories/storm")).text
    assert html.index("Port closed") < html.index("Port reopens")
    assert "opened the story" in html
    assert "91% likely the same event" in html
    assert "<dt>New names</dt><dd><bdi>Per Dahl</bdi></dd>" in html
    assert "<bdi>14 March</bdi>" in html
    assert "The same words: harbour, storm." in html
    assert "2 articles of this story are not in memory" in html
    assert "copydesk stories --id storm" in html
    merged = await page.get("/stories/ferry", follow_redirects=False)
    assert (merged.status_code, merged.headers["location"]) == (HTTPStatus.SEE_OTHER, "/stories/storm")


async def test_events_and_stories_link_to_each_other(window: EventWindow) -> None:
    """An event leads to its story, the story to its events, and the stream shows the articles of one story."""
    page = open_page(window)
    event = (await page.get("/events/later")).text
    assert 'href="/stories/storm"' in event
    assert "4 articles by now" in event
    assert "This was article 2 of the story" in event
    assert 'href="/?story=storm"' in event
    assert 'href="/events/later"' in (await page.get("/stories/storm")).text
    add_to(window, build_page_event("other", headline="Elsewhere"), 3)
    stream = (await page.get("/?story=storm")).text
    assert "Port reopens" in stream and "Elsewhere" not in stream
    assert "Storm over Bergen" in stream
    assert '<input type="hidden" name="story" value="storm">' in stream


async def test_a_story_without_its_record_is_shown_from_its_events() -> None:
    """If the record is not in memory, the numbers are those of the latest event; without events it is gone."""
    window = EventWindow()
    add_to(window, add_story(build_page_event("a", headline="Only this one"), "lost", 7, REASONS))
    page = open_page(window)
    html = (await page.get("/stories/lost")).text
    assert "7 articles" in html and "6 articles of this story are not in memory" in html
    gone = await page.get("/stories/nowhere")
    assert gone.status_code == HTTPStatus.NOT_FOUND
    assert "nowhere" in gone.text
    assert "match ran without stories" in (await open_page(_build_plain()).get("/events/plain")).text


def _build_plain() -> EventWindow:
    window = EventWindow()
    add_to(window, build_page_event("plain"))
    return window


async def test_a_large_story_shows_its_newest_articles() -> None:
    """The page of a story is bounded."""
    window = EventWindow()
    for number in range(MAX_ARTICLES + 5):
        add_to(window, add_story(build_page_event(f"id{number}"), "s", number + 1, REASONS), number)
    html = (await open_page(window).get("/stories/s")).text
    assert html.count('<li class="line">') == MAX_ARTICLES
    assert "5 articles of this story are not in memory" in html


@pytest.mark.parametrize(
    ("novelty", "expected"),
    [
        (build_novelty(), "new: no article of the last 7 days names it"),
        (build_novelty(volume=1), "new in this story; 1 article of the last 7 days names it"),
        (
            build_novelty(similar=2, volume=12, days=0.25),
            "known in this story: named in 2 articles of it, the latest 6 hours before; "
            "12 articles of the last 7 days name it",
        ),
    ],
)
async def test_novelty_is_said_in_words(novelty: Novelty, expected: str) -> None:
    """The event says of each name whether it is new, in the story and at all."""
    event = build_page_event("a", names=(("Bergen", "LOC", "neutral"),))
    entities = tuple(entity.model_copy(update={"novelty": novelty}) for entity in event.entities or ())
    window = EventWindow()
    add_to(window, event.model_copy(update={"entities": entities}))
    assert f'<span class="hint novelty">{expected}</span>' in (await open_page(window).get("/events/a")).text


async def test_a_late_article_says_so() -> None:
    """The page says from when novelty counts for an article that arrived late."""
    event = build_page_event("a", names=(("Bergen", "LOC", "neutral"),))
    late = build_novelty().model_copy(update={"late": True})
    entities = tuple(entity.model_copy(update={"novelty": late}) for entity in event.entities or ())
    window = EventWindow()
    add_to(window, event.model_copy(update={"entities": entities}))
    assert "more than a day after it was published" in (await open_page(window).get("/events/a")).text


async def test_hostile_stories_are_text_and_nothing_else() -> None:
    """No headline, name, reason or id of a story becomes an element, an attribute or a script."""
    window = EventWindow()
    reasons = [StoryReason(kind=kind, values=(HOSTILE, HOSTILE)) for kind in ("names", "other_numbers")]
    event = build_page_event(HOSTILE, headline=HOSTILE, body=f"{HOSTILE} x", names=((HOSTILE, "PER", "neutral"),))
    add_to(window, add_story(event, HOSTILE, 2, reasons))
    window.stories.add(build_story(HOSTILE, headline=HOSTILE, names=(HOSTILE,), language=HOSTILE))
    page = open_page(window)
    listed = (await page.get("/stories")).text
    path = next(
        str(attributes["href"])
        for tag, attributes in read_tags(listed)
        if tag == "a" and "%3Cscript" in (attributes.get("href") or "")
    )
    for html in (
        listed,
        (await page.get(path)).text,
        (await page.get("/", params={"story": HOSTILE})).text,
        (await page.get("/stories", params={"name": HOSTILE, "status": HOSTILE, "order": HOSTILE})).text,
        (await page.get(f"/events/{path.removeprefix('/stories/')}")).text,
    ):
        require_harmless(html)


async def test_the_list_is_live(window: EventWindow) -> None:
    """A change of a story is a message with its line and place, and a merged story is named as ended."""
    page = open_page(window)
    window.stories.changes.close()
    assert (await page.get("/stories/stream?after=0")).headers["content-type"].startswith("text/event-stream")
    html = (await page.get("/stories?order=latest")).text
    (section,) = [attributes for tag, attributes in read_tags(html) if tag == "section"]
    assert section["data-stream"] == "/stories/stream?order=latest"
    (line,) = [attributes for tag, attributes in read_tags(html) if tag == "article"]
    assert json.loads(line["data-order"] or "") == 1_773_480_600_000
