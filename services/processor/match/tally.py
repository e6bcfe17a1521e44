"""Counting over all shards of one process."""

from __future__ import annotations

from typing import get_args

from services.contracts.event import AnnotatedArticle, EntityType, Polarity, Verdict
from services.enrichment.matching.index import MatchIndex
from services.runtime.metrics import Metrics

LANGUAGES = frozenset("ar de el en es fa fr he hi id it ja ko nl pl pt ru sv tr uk und zh".split())
"""Primary subtags that are counted by name: a closed list, since a metric's labels must be one."""
OTHER_LANGUAGE = "other"
TARGETS = ARTICLE, ENTITY = "article", "entity"
"""What a polarity is about."""


class Tally:
    """Keeps match's own metrics: what the articles are about, verdicts, and the state of the indexes.

    They are counted here since match publishes each article once, whatever annotate had to repeat.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._shards: dict[int, MatchIndex] = {}
        self._hits: dict[int, int] = {}
        metrics.index_articles.set_function(lambda: sum(index.original_count for index in self._shards.values()))
        self._begin_at_zero()

    def open(self, shard: int, index: MatchIndex) -> None:
        """A shard's index is in use here."""
        self._shards[shard] = index
        self._hits.pop(shard, None)

    def close(self, shard: int) -> None:
        """It no longer is."""
        self._shards.pop(shard, None)

    def count(self, shard: int, article: AnnotatedArticle, verdict: str) -> None:
        """An article of the shard got its verdict, and is enriched."""
        self._metrics.verdicts.labels(verdict).inc()
        self._count_content(article)
        index = self._shards.get(shard)
        if index is not None:
            # What reading the log back met was counted when it was written.
            self._metrics.bucket_overflows.inc(index.bucket_limit_hits - self._hits.get(shard, index.bucket_limit_hits))
            self._hits[shard] = index.bucket_limit_hits

    def _count_content(self, article: AnnotatedArticle) -> None:
        language = article.article.language.code.split("-")[0].lower()
        self._metrics.languages.labels(language if language in LANGUAGES else OTHER_LANGUAGE).inc()
        if article.sentiment is not None:
            self._metrics.sentiments.labels(ARTICLE, article.sentiment.polarity).inc()
        for entity in article.entities or ():
            self._metrics.entities.labels(entity.type).inc()
            self._metrics.sentiments.labels(ENTITY, entity.sentiment.polarity).inc()

    def _begin_at_zero(self) -> None:
        """As `Metrics` does for what every stage counts."""
        for verdict in get_args(Verdict):
            self._metrics.verdicts.labels(verdict)
        for language in (*LANGUAGES, OTHER_LANGUAGE):
            self._metrics.languages.labels(language)
        for kind in get_args(EntityType):
            self._metrics.entities.labels(kind)
        for target in TARGETS:
            for polarity in get_args(Polarity):
                self._metrics.sentiments.labels(target, polarity)
