"""The window keeps the newest events, within its bounds, and says what changed."""

from __future__ import annotations

import asyncio

from services.contracts.event import Topic
from services.page.views.summary import EventFilter
from services.page.windows.events import EventWindow
from tests.support.page_events import add_to, build_copy_verdict, build_page_event

ALL = EventFilter()


def test_the_oldest_events_make_room() -> None:
    """A full window forgets its oldest events, by number and by bytes."""
    window = EventWindow(max_events=2)
    for number in range(4):
        add_to(window, build_page_event(f"id{number}"), written_ms=number)
    assert [entry.id for entry in window.list_newest(ALL, 10)] == ["id3", "id2"]
    size = len(build_page_event("id0").to_bytes())
    small = EventWindow(max_bytes=2 * size)
    for number in range(5):
        add_to(small, build_page_event(f"id{number}"), written_ms=number)
    assert len(small) == 2
    assert small.find("id0") is None


def test_an_event_larger_than_the_window_is_kept_alone() -> None:
    """The newest event is kept even if it is larger than the whole window."""
    window = EventWindow(max_bytes=10)
    add_to(window, build_page_event("one"))
    add_to(window, build_page_event("two"))
    assert [entry.id for entry in window.list_newest(ALL, 10)] == ["two"]


def test_the_newest_event_is_first_whatever_the_order_of_reading() -> None:
    """Events are listed by the time of their records, since partitions are read in any order."""
    window = EventWindow()
    for name, written_ms in (("old", 1), ("new", 3), ("middle", 2)):
        add_to(window, build_page_event(name), written_ms=written_ms)
    assert [entry.id for entry in window.list_newest(ALL, 2)] == ["new", "middle"]


def test_a_route_may_arrive_before_its_event() -> None:
    """The routes of an event are known whichever of the two topics is read first."""
    window = EventWindow()
    window.add_route("a", "sport")
    add_to(window, build_page_event("a"))
    window.add_route("a", "world")
    window.add_route("a", "world")
    entry = window.find("a")
    assert entry is not None
    assert entry.routes == ("sport", "world")


def test_only_changes_after_a_version_are_listed() -> None:
    """A reader gets each event once, and again when a route was added."""
    window = EventWindow()
    add_to(window, build_page_event("a"))
    add_to(window, build_page_event("b"))
    seen = window.changes.version
    assert window.list_changed(seen, ALL) == []
    window.add_route("a", "sport")
    add_to(window, build_page_event("c"))
    assert [entry.id for entry in window.list_changed(seen, ALL)] == ["a", "c"]
    assert [entry.id for entry in window.list_changed(seen, EventFilter(route="sport"))] == ["a"]


def test_a_repeated_event_replaces_the_first_and_keeps_its_routes() -> None:
    """An event with the same id takes the place of the earlier one."""
    window = EventWindow()
    add_to(window, build_page_event("a", headline="First"))
    window.add_route("a", "sport")
    add_to(window, build_page_event("a", headline="Second"))
    (entry,) = window.list_newest(ALL, 10)
    assert (entry.summary.headline, entry.routes) == ("Second", ("sport",))


def test_filters_select_by_each_fact() -> None:
    """An event is shown if it meets all conditions; a name is found in any case and without accents."""
    window = EventWindow()
    weather = Topic(id="medtop:17000000", name="weather", level=1, confidence=0.8)
    event = build_page_event("a", names=(("Bergen", "LOC", "neutral"),))
    add_to(window, event.model_copy(update={"topics": (weather,)}))
    add_to(window, build_page_event("b", language="de", polarity=None, names=(), duplicate=build_copy_verdict("a")))
    body = "Rui Bragança spoke."
    add_to(window, build_page_event("c", polarity="positive", body=body, names=(("Rui Bragança", "PER", "neutral"),)))

    def find(**conditions: str) -> set[str]:
        return {entry.id for entry in window.list_newest(EventFilter(**conditions), 10)}

    assert find(language="de") == {"b"}
    assert find(topic="weather") == {"a"}
    assert find(topic="sport") == set()
    assert find(sentiment="negative") == {"a"}
    assert find(sentiment="unknown") == {"b"}
    assert find(verdict="near") == {"b"}
    assert find(name="BERG") == {"a"}
    assert find(name="braganca") == {"c"}
    assert find(language="en", sentiment="positive") == {"c"}
    assert find(route="sport") == set()


async def test_waiting_ends_with_a_change_and_with_the_end() -> None:
    """A reader that waits is woken by a change, and by the end of the process."""
    window = EventWindow()
    waiting = asyncio.create_task(window.changes.wait_for_change(0))
    await asyncio.sleep(0)
    add_to(window, build_page_event("a"))
    await asyncio.wait_for(waiting, 5)
    waiting = asyncio.create_task(window.changes.wait_for_change(window.changes.version))
    await asyncio.sleep(0)
    assert not waiting.done()
    window.close()
    await asyncio.wait_for(waiting, 5)
