"""A desk without Kafka: the page's application in a thread, with a window that the test fills."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from services.page.app import build_app
from services.page.ports import Ports
from services.page.windows.events import EventWindow
from services.runtime.service.web import serve

T = TypeVar("T")
WITHIN = 20.0
"""Seconds in which the server must start, stop, or run a function."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A running page."""

    url: str
    window: EventWindow
    loop: asyncio.AbstractEventLoop

    def call(self, work: Callable[[EventWindow], T]) -> T:
        """Run a function on the window, in the thread of the server, and return its result."""

        async def run() -> T:
            return work(self.window)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(WITHIN)


@contextmanager
def run_desk(ports: Ports) -> Iterator[Desk]:
    """Serve the page with an empty window until the block ends."""
    started, stopping = threading.Event(), asyncio.Event()
    found: list[Desk] = []

    async def main() -> None:
        window = EventWindow()
        async with serve(build_app(window, ports, "127.0.0.1:9092"), "127.0.0.1", 0, grace=1.0) as (host, port):
            found.append(Desk(f"http://{host}:{port}", window, asyncio.get_running_loop()))
            started.set()
            await stopping.wait()
            window.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="page")
    thread.start()
    if not started.wait(WITHIN):
        raise TimeoutError("the page did not start")
    try:
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(stopping.set)
        thread.join(WITHIN)
