"""`copydesk enrich`: no Kafka; raw articles in, one enriched event a line out."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from services.cli.progress import errors, show_progress
from services.contracts.decoding import validate
from services.contracts.event import Duplicate, EnrichedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.topics import shard_of
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.matching import MatchIndex, judge_and_remember
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline
from services.errors import PermanentError
from services.ingest.entries import Entry, UnreadableEntry


class PlainDesk:
    """The stream's work on one article at a time, in this process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._shards: defaultdict[int, MatchIndex] = defaultdict(MatchIndex)
        self._verdicts: dict[str, Duplicate] = {}

    def enrich(self, raw: RawArticle, arrived: datetime) -> EnrichedArticle:
        """The event that the stream publishes for it, but for `origin`, which only Kafka gives.

        An article that was given before, which the stream would count as repeated, has the same event again.
        """
        article_id = derive_article_id(raw)
        annotated = self._pipeline.annotate(raw, article_id=article_id, ingested_at=arrived)
        index = self._shards[shard_of(annotated.article.language.code)]
        record = judge_and_remember(index, article_id, annotated.signature, int(arrived.timestamp() * 1000))
        if record is not None:
            self._verdicts[article_id] = record.duplicate
        return EnrichedArticle.from_annotated(annotated, self._verdicts[article_id], origin=None)


def open_desk(options: EnrichmentOptions | None = None) -> PlainDesk:
    """A desk with its models loaded and nothing seen yet. Raises ConfigurationError for wrong weights."""
    return PlainDesk(build_pipeline(options or EnrichmentOptions()))


def enrich(articles: Iterable[Entry | UnreadableEntry], options: EnrichmentOptions) -> int:
    """Print one event a line for each article; a bad one is told on standard error. Returns 1 when there was one."""
    desk = open_desk(options)
    rejected = 0
    with show_progress("enriching") as bar:
        for article in articles:
            try:
                event = desk.enrich(_parse(article), datetime.now(UTC).replace(microsecond=0))
            except PermanentError as error:
                rejected += 1
                errors.print(f"article {article.position}: {error.reason}: {error}", style="red", highlight=False)
                continue
            sys.stdout.buffer.write(event.to_bytes() + b"\n")
            sys.stdout.buffer.flush()
            bar.advance()
    return 1 if rejected else 0


def _parse(article: Entry | UnreadableEntry) -> RawArticle:
    if isinstance(article, UnreadableEntry):
        raise PermanentError(article.message, reason=article.reason)
    return validate(RawArticle, article.fields)
