"""Counting over all shards of one process."""

from __future__ import annotations

from typing import Protocol, get_args

from services.contracts.event import AnnotatedArticle, EntityType, Polarity, Verdict
from services.enrichment.matching.index import MatchIndex
from services.runtime.service.metrics import Metrics

LANGUAGES = frozenset("ar de el en es fa fr he hi id it ja ko nl pl pt ru sv tr uk und zh".split())
"""Primary subtags that are counted by name: a closed list, since a metric's labels must be one."""
OTHER_LANGUAGE = "other"
TARGETS = ARTICLE, ENTITY = "article", "entity"
"""What a polarity is about."""


class Shard(Protocol):
    """A shard in use here."""

    @property
    def index(self) -> MatchIndex: ...


class Tally:
    """Keeps match's own metrics: what the articles are about, verdicts, and the state of the indexes.

    They are counted here since match publishes each article once, whatever annotate had to repeat.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._shards: dict[int, Shard] = {}
        self._hits: dict[int, int] = {}
        metrics.index_articles.set_function(lambda: sum(one.index.original_count for one in self._shards.values()))
        self._begin_at_zero()

    def open(self, number: int, shard: Shard) -> None:
        """A shard is in use here."""
        self._shards[number] = shard
        self._hits.pop(number, None)

    def close(self, number: int) -> None:
        """It no longer is."""
        self._shards.pop(number, None)

    def count(self, number: int, article: AnnotatedArticle, verdict: str) -> None:
        """An article of the shard got its verdict, and is enriched."""
        self._metrics.verdicts.labels(verdict).inc()
        self._count_content(article)
        shard = self._shards.get(number)
        if shard is not None:
            # What reading the log back met was counted when it was written.
            hits = shard.index.bucket_limit_hits
            self._metrics.bucket_overflows.inc(hits - self._hits.get(number, hits))
            self._hits[number] = hits

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
