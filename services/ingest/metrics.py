"""Metrics of ingest: the shared ones, its own and those of the feeds."""

from __future__ import annotations

from services.ingest.sources.feeds.metrics import FeedMetrics
from services.outcomes import Reason, Stage
from services.runtime.service.metrics import Metrics


class IngestMetrics(Metrics):
    """All metrics of an ingest process."""

    def __init__(self) -> None:
        super().__init__(Stage.INGEST)
        self.rejections = self.registry.counter(
            "copydesk_rejections_total", "Articles and whole requests that ingest rejected or deferred.", "reason"
        )
        for reason in Reason:
            self.rejections.labels(reason)
        self.feeds = FeedMetrics(self.registry)
