"""Ingest service: it runs the publisher, the HTTP server and the sources until the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp

from services.ingest.publisher import KafkaPublisher
from services.outcomes import Stage
from services.runtime.service.lifecycle import Stopping, cancel
from services.runtime.service.web import serve

RunSource = Callable[[], Awaitable[None]]

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IngestService:
    """Parts of the service, and the order in which they start and stop."""

    publisher: KafkaPublisher
    app: ASGIApp
    host: str
    port: int
    grace: float
    """Seconds after a stop in which requests are still answered."""
    sources: Sequence[RunSource]
    """Sources besides the HTTP server. The service stops when one ends, for example when standard input ends."""

    async def run(self, stopping: Stopping) -> None:
        """Serve until asked to stop, or until a source ends.

        Raises ConfigurationError if the port is in use or a topic is not as declared, and what a source raises.
        """
        publishing = asyncio.create_task(self.publisher.run(), name="publisher")
        try:
            # The server stops before the publisher: a request that is being answered needs the publisher.
            async with serve(self.app, self.host, self.port, grace=self.grace) as (host, port):
                logger.info("service_started", stage=Stage.INGEST, host=host, port=port)
                await self._run_sources(stopping, publishing)
        finally:
            await cancel(publishing)
        if not publishing.cancelled():
            publishing.result()

    async def _run_sources(self, stopping: Stopping, publishing: asyncio.Task[None]) -> None:
        """Run the sources until the service must stop, a source ends or fails, or the publisher fails."""
        stop = asyncio.create_task(stopping.wait())
        tasks = [stop, *(asyncio.ensure_future(run()) for run in self.sources)]
        try:
            done, _ = await asyncio.wait({*tasks, publishing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {publishing}:
                task.result()
        finally:
            await cancel(*tasks)
