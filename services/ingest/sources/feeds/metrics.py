"""Metrics of the feeds."""

from __future__ import annotations

from services.runtime.service.metrics import MetricsRegistry


class FeedMetrics:
    """Metrics of feeds and of the pages that they link to."""

    def __init__(self, registry: MetricsRegistry) -> None:
        self.fetches = registry.counter(
            "copydesk_feed_fetches_total", "Fetches of feeds, and of the pages that they link to, by outcome.",
            "target", "outcome",
        )  # fmt: skip
        self.failures = registry.counter(
            "copydesk_feed_failures_total", "Fetches that failed or were refused, by reason.", "target", "reason"
        )
        self.published_entries = registry.counter(
            "copydesk_feed_entries_published_total", "Entries of feeds that were published as articles."
        )
        self.failing_feeds = registry.gauge(
            "copydesk_feed_failing_count", "Feeds visited by this process whose last fetch failed."
        )
