"""`copydesk enrich`: no Kafka; raw articles in, one enriched event a line out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from services.cli.progress import errors, show_progress
from services.contracts.event import EnrichedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.matching import MatchIndex, MatchParameters
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline
from services.errors import PermanentError
from services.ingest.normalise import parse_article


class Desk:
    """The stream's work on one article at a time, in this process."""

    def __init__(self, pipeline: Pipeline, index: MatchIndex) -> None:
        self._pipeline = pipeline
        self._index = index

    def enrich(self, raw: RawArticle, arrived: datetime) -> EnrichedArticle:
        """The event that the stream would publish for it, but for `origin`, which only Kafka gives."""
        article_id = derive_article_id(raw)
        annotated = self._pipeline.annotate(raw, article_id=article_id, ingested_at=arrived)
        duplicate = self._index.judge_and_remember(article_id, annotated.signature, int(arrived.timestamp() * 1000))
        return EnrichedArticle.from_annotated(annotated, duplicate, origin=None)


def enrich(articles: Iterable[Mapping[str, object]], options: EnrichmentOptions) -> int:
    """Print one event a line for each article; a bad one is told on standard error. Returns 1 when there was one."""
    desk = Desk(build_pipeline(options), MatchIndex(MatchParameters()))
    rejected = 0
    with show_progress("enriching") as bar:
        for position, article in enumerate(articles):
            try:
                event = desk.enrich(parse_article(article), datetime.now(UTC).replace(microsecond=0))
            except PermanentError as error:
                rejected += 1
                errors.print(f"article {position}: {error.reason}: {error}", style="red", highlight=False)
                continue
            sys.stdout.buffer.write(event.to_bytes() + b"\n")
            bar.advance()
    sys.stdout.buffer.flush()
    return 1 if rejected else 0
