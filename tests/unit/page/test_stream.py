"""The stream sends the changes after the version that a reader knows."""

from __future__ import annotations

import json

import pytest

from services.page.app import describe_entry
from services.page.stream import MAX_LINES, Changed, build_message, read_last_id, stream_changes
from services.page.views.summary import EventFilter
from services.page.windows.events import EventWindow
from tests.support.page_events import add_to, build_page_event


async def test_the_stream_sends_lines_and_ends_with_the_window(window: EventWindow) -> None:
    """A reader gets the changes after its version as one message, and the stream ends when the page stops."""
    chosen = EventFilter(language="en")
    stream = stream_changes(
        window.changes, lambda after: Changed(window.list_changed(after, chosen)), 0, describe_entry
    )
    assert (await anext(stream)).startswith(b"retry:")
    message = (await anext(stream)).decode()
    kind, number, data = message.strip().split("\n")
    assert (kind, number) == ("event: lines", f"id: {window.changes.version}")
    lines = json.loads(data.removeprefix("data: "))["lines"]
    assert [line["id"] for line in lines] == ["copy", "orig"]
    assert "Storm closes the port" in lines[0]["html"]
    window.close()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


def test_a_busy_stream_sends_the_newest_lines() -> None:
    """More events than fit in a message are counted and left out."""
    window = EventWindow()
    for number in range(MAX_LINES + 5):
        add_to(window, build_page_event(f"id{number}"))
    message = build_message(Changed(window.list_changed(0, EventFilter())), window.changes.version, describe_entry)
    data = json.loads(message.split(b"data: ")[1])
    assert (len(data["lines"]), data["skipped"]) == (MAX_LINES, 5)
    assert data["lines"][-1]["id"] == f"id{MAX_LINES + 4}"


@pytest.mark.parametrize(("header", "expected"), [("3", 3), ("99", 7), (None, 7), ("x", 7), ("٣", 7), ("9" * 400, 7)])
def test_a_reader_continues_where_it_was(header: str | None, expected: int) -> None:
    """The last id that a browser saw is its version, unless the page was restarted since."""
    assert read_last_id(header, 7) == expected
