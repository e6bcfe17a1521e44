"""The composition root: everything that ingest consists of is made here, once, from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from services.ingest.intake import Intake
from services.ingest.metrics import IngestMetrics
from services.ingest.publisher import KafkaPublisher
from services.ingest.settings import IngestServiceSettings
from services.ingest.sources.feeds.bootstrap import build_feed_source, load_feeds
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.folder import FolderSource
from services.ingest.sources.http.app import build_app
from services.ingest.sources.stdin import StdinSource
from services.outcomes import Stage
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping
from services.runtime.service.start import Main, start_service
from services.runtime.service.web import build_routes, serve

KAFKA_PART = "kafka"

Run = Callable[[], Awaitable[None]]

logger = structlog.get_logger()


def main(environ: Mapping[str, str]) -> int:
    """Run ingest until it is asked to stop; returns the exit code."""
    return start_service(IngestServiceSettings, environ, Stage.INGEST, build)


def build(settings: IngestServiceSettings) -> Main:
    """The service, put together. Raises ConfigurationError for a wrong list of feeds."""
    feeds = load_feeds(settings.ingest.feeds, settings.ingest.fetch)
    return lambda stopping: run(settings, feeds, stopping)


async def run(settings: IngestServiceSettings, feeds: tuple[Feed, ...], stopping: Stopping) -> None:
    """Serve until asked to stop, or until standard input ends where it is a source.

    Raises ConfigurationError for a port that is taken or topics that are not as declared.
    """
    metrics = IngestMetrics()
    health = Health(Stage.INGEST, metrics, stall_after=settings.telemetry.stall_after)
    publisher = KafkaPublisher(
        settings.kafka,
        metrics,
        publish_timeout=settings.ingest.publish_timeout,
        on_ready=lambda ready: health.set_ready(KAFKA_PART, ready),
    )
    intake = Intake(publisher, metrics, health)
    app = build_app(intake, settings.ingest, build_routes(metrics, health))
    publishing = asyncio.create_task(publisher.run(), name="publisher")
    try:
        # The server closes first: a request that is being answered needs the publisher.
        async with serve(app, settings.ingest.host, settings.ingest.port, grace=settings.ingest.publish_timeout) as (
            host,
            port,
        ):
            logger.info("service_started", stage=Stage.INGEST, host=host, port=port)
            await _run_sources(_build_sources(settings, intake, feeds, metrics), stopping, publishing)
    finally:
        publishing.cancel()
        await asyncio.wait([publishing])
    if not publishing.cancelled():
        publishing.result()


def _build_sources(
    settings: IngestServiceSettings, intake: Intake, feeds: tuple[Feed, ...], metrics: IngestMetrics
) -> tuple[list[Run], list[Run]]:
    """Those that go on for ever, and those that end."""
    chosen = settings.ingest
    endless: list[Run] = []
    ending: list[Run] = []
    if chosen.folder is not None:
        endless.append(
            FolderSource(
                chosen.folder, intake, interval=chosen.folder_interval, max_file_bytes=chosen.max_file_bytes
            ).run
        )
    if feeds:
        endless.append(build_feed_source(feeds, chosen.fetch, settings.kafka, intake, metrics.feeds).run)
    if chosen.stdin != "off":
        ending.append(StdinSource(intake, form=chosen.stdin, max_bytes=chosen.max_request_bytes).run)
    return endless, ending


async def _run_sources(
    sources: tuple[list[Run], list[Run]], stopping: Stopping, publishing: asyncio.Task[None]
) -> None:
    """Until stopping, until a source or the publisher fails, or until a source that ends has ended."""
    endless, ending = ([asyncio.ensure_future(source()) for source in group] for group in sources)
    stop = asyncio.create_task(stopping.wait())
    tasks = [*endless, *ending, stop]
    try:
        done, _ = await asyncio.wait({*tasks, publishing}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {publishing}:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
