"""Counting over all shards of one process."""

from __future__ import annotations

from services.enrichment.matching.index import MatchIndex
from services.runtime.metrics import Metrics


class Tally:
    """Keeps match's own metrics: verdicts, the size of the indexes and the lookups that met a full bucket."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._shards: dict[int, MatchIndex] = {}
        self._hits: dict[int, int] = {}
        metrics.index_articles.set_function(lambda: sum(index.original_count for index in self._shards.values()))

    def open(self, shard: int, index: MatchIndex) -> None:
        """A shard's index is in use here."""
        self._shards[shard] = index
        self._hits.pop(shard, None)

    def close(self, shard: int) -> None:
        """It no longer is."""
        self._shards.pop(shard, None)

    def count(self, shard: int, verdict: str) -> None:
        """An article of the shard got its verdict."""
        self._metrics.verdicts.labels(verdict).inc()
        index = self._shards.get(shard)
        if index is not None:
            # What reading the log back met was counted when it was written.
            self._metrics.bucket_overflows.inc(index.bucket_limit_hits - self._hits.get(shard, index.bucket_limit_hits))
            self._hits[shard] = index.bucket_limit_hits
