"""Composition root of ingest: it builds all parts of the service from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from services.ingest.intake import Intake
from services.ingest.metrics import IngestMetrics
from services.ingest.publisher import KafkaPublisher
from services.ingest.service import IngestService, RunSource
from services.ingest.settings import IngestServiceSettings
from services.ingest.sources.feeds.bootstrap import build_feed_source, load_feeds
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.folder import FolderSource
from services.ingest.sources.http.app import build_app
from services.ingest.sources.stdin import StdinSource
from services.outcomes import Stage
from services.runtime.service.health import Health
from services.runtime.service.start import Main, start_service
from services.runtime.service.web import build_routes

KAFKA_PART = "kafka"


def main(environ: Mapping[str, str]) -> int:
    """Run ingest until it is asked to stop, and return the exit code."""
    return start_service(IngestServiceSettings, environ, Stage.INGEST, build)


def build(settings: IngestServiceSettings) -> Main:
    """Build the service. Raises ConfigurationError for a wrong feeds file or key file."""
    chosen = settings.ingest
    feeds = load_feeds(chosen.feeds, chosen.fetch)
    metrics, layout = IngestMetrics(), settings.topics.layout
    metrics.registry.deployment = settings.topics.deployment
    health = Health(Stage.INGEST, metrics, stall_after=settings.telemetry.stall_after)
    publisher = KafkaPublisher(
        settings.kafka,
        metrics,
        publish_timeout=chosen.publish_timeout,
        on_ready=lambda ready: health.set_ready(KAFKA_PART, ready),
        layout=layout,
    )
    intake = Intake(publisher, metrics, health)
    return IngestService(
        publisher=publisher,
        app=build_app(intake, chosen, build_routes(metrics, health)),
        host=chosen.host,
        port=chosen.port,
        # A request that is being answered waits at most so long for the broker.
        grace=chosen.publish_timeout,
        sources=_build_sources(settings, intake, feeds, metrics),
    ).run


def _build_sources(
    settings: IngestServiceSettings, intake: Intake, feeds: tuple[Feed, ...], metrics: IngestMetrics
) -> list[RunSource]:
    """Build the sources that the settings switch on."""
    chosen = settings.ingest
    sources: list[RunSource] = []
    if chosen.folder is not None:
        folder = FolderSource(
            chosen.folder,
            intake,
            interval=chosen.folder_interval,
            max_file_bytes=chosen.max_file_bytes,
            rate=chosen.folder_rate,
        )
        sources.append(folder.run)
    if feeds:
        sources.append(
            build_feed_source(feeds, chosen.fetch, settings.kafka, settings.topics.layout, intake, metrics.feeds).run
        )
    if chosen.stdin != "off":
        sources.append(StdinSource(intake, input_format=chosen.stdin, max_bytes=chosen.max_request_bytes).run)
    return sources
