"""The page as a process: a reader that fills the window, and a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.contracts.topics import TopicLayout
from services.page.app import build_app
from services.page.kafka.raw_lookup import RawTextFinder
from services.page.kafka.reader import open_reader
from services.page.ports import EnrichArticle, ExplainRoutes, Ports
from services.page.windows.events import EventWindow
from services.runtime.service.settings import KafkaSettings
from services.runtime.service.web import serve

HOST = "127.0.0.1"
"""Address of the page. It has no login, so it is on loopback; a tunnel such as `ssh -L` opens it elsewhere."""
GRACE = 2.0
"""Seconds that open requests have when the page stops."""


async def run_page(
    kafka: KafkaSettings,
    layout: TopicLayout,
    port: int,
    stopping: asyncio.Event,
    *,
    enrich: EnrichArticle | None,
    explain_routes: ExplainRoutes | None,
    report: Callable[[str], None],
) -> None:
    """Serve the page until `stopping` is set. `report` gets the page's URL when it answers.

    Raises TransientError if Kafka cannot be reached, ConfigurationError if the port is in use.
    """
    window, finder = EventWindow(), RawTextFinder(kafka, layout)
    ports = Ports(find_raw_text=finder.find, enrich=enrich, explain_routes=explain_routes)
    app = build_app(window, ports, kafka.bootstrap_servers)
    try:
        async with (
            open_reader(kafka, window, layout) as reading,
            serve(app, HOST, port, grace=GRACE) as (host, bound),
        ):
            report(f"http://{host}:{bound}")
            waiting = asyncio.create_task(stopping.wait())
            await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
            # Readers of the stream would otherwise keep the server waiting.
            window.close()
            waiting.cancel()
            if reading.done():
                reading.result()
    finally:
        await finder.close()
