"""Lists that change, as server-sent events: each message has the changed lines as HTML, from the server's template."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import StreamingResponse

from services.page.windows.changes import ChangeLog

T = TypeVar("T")

PAUSE = 0.3
"""Seconds between two messages, so that a busy stream does not keep the browser busy."""
MAX_LINES = 40
"""Lines in one message. If more events arrived, only the newest are sent, with the number of the others."""
HEARTBEAT = 15.0
"""Seconds without an event after which a comment is sent, so that both sides notice a lost connection."""


class Line(TypedDict):
    """A line of a list, as the page's script reads it."""

    id: str
    headline: str
    html: str


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """What changed in a list."""

    entries: Sequence[T]
    """New and changed entries, in the order of their changes."""
    ended: Sequence[str] = ()
    """Ids of entries that are not in the list any more."""


def answer_stream(
    request: Request,
    changes: ChangeLog,
    list_changed: Callable[[int], Changed[T]],
    describe: Callable[[T], Line],
) -> StreamingResponse:
    """Return the answer that sends the changes after those that the browser has."""
    seen = request.headers.get("last-event-id") or request.query_params.get("after")
    after = read_last_id(seen, changes.version)
    return StreamingResponse(stream_changes(changes, list_changed, after, describe), media_type="text/event-stream")


async def stream_changes(
    changes: ChangeLog, list_changed: Callable[[int], Changed[T]], after: int, describe: Callable[[T], Line]
) -> AsyncIterator[bytes]:
    """Yield one server-sent event for each group of changes after a version of a window."""
    yield b"retry: 2000\n\n"
    version = after
    while not changes.is_closed:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await changes.wait_for_change(version)
        except TimeoutError:
            yield b": still connected\n\n"
            continue
        changed, version = list_changed(version), changes.version
        if changed.entries or changed.ended:
            yield build_message(changed, version, describe)
        await asyncio.sleep(PAUSE)


def build_message(changed: Changed[T], version: int, describe: Callable[[T], Line]) -> bytes:
    """Return one message: the newest lines, oldest first, the ids of those that ended, and the number left out."""
    newest = changed.entries[-MAX_LINES:]
    data = {
        "lines": list(map(describe, newest)),
        "ended": changed.ended,
        "skipped": len(changed.entries) - len(newest),
    }
    return b"event: lines\nid: %d\ndata: %s\n\n" % (version, to_json(data))


def read_last_id(header: str | None, newest: int) -> int:
    """Return the version that a browser saw last.

    After a restart of the page its number is unknown or too high, and the stream continues from now.
    """
    if header is None or not header.isascii() or not header.isdigit():
        return newest
    return min(int(header[:18]), newest)
