"""Match without Kafka: annotated articles in, the records that it writes out."""

from __future__ import annotations

from collections.abc import Iterable

from services.contracts import topics
from services.contracts.event import AnnotatedArticle
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.records import OutputRecord
from tests.support.annotated import pack
from tests.support.source_records import Record

SHARD = 0


def build_processor() -> MatchProcessor:
    """Build a processor with an empty state."""
    return MatchProcessor(SHARD, MatchIndex(), MatchMetrics(), stories=StoryIndex())


def process(processor: MatchProcessor, articles: Iterable[AnnotatedArticle]) -> list[OutputRecord]:
    """Process articles and return all outputs."""
    outputs: list[OutputRecord] = []
    for article in articles:
        sent = pack(article)
        at_ms = int(article.article.ingested_at.timestamp() * 1000) if article.article.ingested_at else 0
        record = Record(sent.value, sent.id.encode(), sent.headers, topics.ANNOTATED, SHARD, 7, timestamp=at_ms)
        result = processor.process(record)
        result.update_state()
        outputs += result.outputs
    return outputs
