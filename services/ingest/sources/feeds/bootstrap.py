"""Putting the feeds together."""

from __future__ import annotations

import random
from pathlib import Path

import structlog

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
from services.ingest.sources.feeds.visit import Surroundings, Visitor, now_utc
from services.runtime.service.settings import KafkaSettings

logger = structlog.get_logger()


def load_feeds(path: Path | None, settings: FetchSettings) -> tuple[Feed, ...]:
    """The feeds file's; none without one. Raises ConfigurationError."""
    if path is None:
        return ()
    feeds = read_feeds(path)
    if settings.contact is None and settings.user_agent is None:
        logger.warning("feeds_without_contact", hint="set a contact, so that publishers know whom to ask")
    return feeds


def build_feed_source(
    feeds: tuple[Feed, ...], settings: FetchSettings, kafka: KafkaSettings, intake: Intake, metrics: FeedMetrics
) -> FeedSource:
    """The source, which closes what is made here when it ends."""
    client = build_client(settings)
    parser = ProcessParser(settings.parse_timeout)
    fetcher = Fetcher(
        client, HostThrottle(settings.host_pause), agent=settings.agent, total_timeout=settings.total_timeout
    )
    pages = PageFetcher(fetcher, RobotsChecker(fetcher, product=settings.product), max_bytes=settings.max_page_bytes)
    visitor = Visitor(Surroundings(fetcher, parser, pages, intake, metrics, settings, now_utc, random.random))

    async def close() -> None:
        await parser.close()
        await client.aclose()

    return FeedSource(
        feeds, visitor=visitor, states=KafkaFeedStateStore(kafka), election=GroupElection(kafka), metrics=metrics,
        concurrency=settings.concurrency, clock=now_utc, close=close,
    )  # fmt: skip
