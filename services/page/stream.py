"""The stream as server-sent events: each message has the changed lines as HTML, made by the server's own template."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from pydantic_core import to_json

from services.page.views.summary import EventFilter
from services.page.windows.events import Entry, EventWindow

PAUSE = 0.3
"""Seconds between two messages, so that a busy stream does not keep the browser busy."""
MAX_LINES = 40
"""Lines in one message. If more events arrived, only the newest are sent, with the number of the others."""
HEARTBEAT = 15.0
"""Seconds without an event after which a comment is sent, so that both sides notice a lost connection."""

RenderLine = Callable[[Entry], str]


async def stream_events(
    window: EventWindow, chosen: EventFilter, after: int, render: RenderLine
) -> AsyncIterator[bytes]:
    """Yield one server-sent event for each group of changes after a version of the window."""
    yield b"retry: 2000\n\n"
    version = after
    while not window.is_closed:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await window.wait_for_change(version)
        except TimeoutError:
            yield b": still connected\n\n"
            continue
        changed, version = window.list_changed(version, chosen), window.version
        if changed:
            yield build_message(changed, version, render)
        await asyncio.sleep(PAUSE)


def build_message(changed: list[Entry], version: int, render: RenderLine) -> bytes:
    """Return one message: the lines with their ids, oldest first, and the number of lines left out."""
    newest = changed[-MAX_LINES:]
    data = {
        "lines": [
            {"id": entry.id, "headline": entry.summary.headline or "", "html": render(entry)} for entry in newest
        ],
        "skipped": len(changed) - len(newest),
    }
    return b"event: articles\nid: %d\ndata: %s\n\n" % (version, to_json(data))


def read_last_id(header: str | None, newest: int) -> int:
    """Return the version that a browser saw last.

    After a restart of the page its number is unknown or too high, and the stream continues from now.
    """
    if header is None or not header.isascii() or not header.isdigit():
        return newest
    return min(int(header[:18]), newest)
