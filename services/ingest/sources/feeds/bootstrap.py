"""Composition of the feed source."""

from __future__ import annotations

from pathlib import Path

import structlog

from services.contracts.topics import TopicLayout
from services.ingest.intake import Intake
from services.ingest.sources.feeds.election import GroupElection
from services.ingest.sources.feeds.feeds_file import Feed, read_feeds
from services.ingest.sources.feeds.fetching.fetcher import Fetcher
from services.ingest.sources.feeds.fetching.hosts import HostThrottle
from services.ingest.sources.feeds.fetching.pinning import build_client
from services.ingest.sources.feeds.fetching.robots import RobotsChecker
from services.ingest.sources.feeds.metrics import FeedMetrics
from services.ingest.sources.feeds.pages import PageFetcher
from services.ingest.sources.feeds.parsing.parser import ProcessParser
from services.ingest.sources.feeds.settings import FetchSettings
from services.ingest.sources.feeds.source import FeedSource
from services.ingest.sources.feeds.store import KafkaFeedStateStore
from services.ingest.sources.feeds.visit import Visitor, now_utc
from services.runtime.service.settings import KafkaSettings, name_variable

logger = structlog.get_logger()


def load_feeds(path: Path | None, settings: FetchSettings) -> tuple[Feed, ...]:
    """Read the feeds file; without one there are no feeds. Raises ConfigurationError."""
    if path is None:
        return ()
    feeds = read_feeds(path)
    if settings.contact is None and settings.user_agent is None:
        variable = name_variable("ingest", "fetch", "contact")
        logger.warning("contact_not_configured", hint=f"set {variable}, so that publishers can reach you")
    return feeds


def build_feed_source(
    feeds: tuple[Feed, ...],
    settings: FetchSettings,
    kafka: KafkaSettings,
    layout: TopicLayout,
    intake: Intake,
    metrics: FeedMetrics,
) -> FeedSource:
    """Build the feed source. It closes the HTTP client and the parser process when it ends."""
    client = build_client(settings)
    parser = ProcessParser(settings.parse_timeout)
    hosts = HostThrottle(settings.host_pause)
    fetcher = Fetcher(client, hosts, agent=settings.agent, total_timeout=settings.total_timeout)
    robots = RobotsChecker(fetcher, product=settings.product)
    pages = PageFetcher(fetcher, robots, max_bytes=settings.max_page_bytes)
    visitor = Visitor(fetcher=fetcher, parser=parser, pages=pages, intake=intake, metrics=metrics, settings=settings)

    async def close() -> None:
        await parser.close()
        await client.aclose()

    return FeedSource(
        feeds, visitor=visitor, states=KafkaFeedStateStore(kafka, layout),
        election=GroupElection(kafka, layout), metrics=metrics,
        concurrency=settings.concurrency, clock=now_utc, close=close,
    )  # fmt: skip
