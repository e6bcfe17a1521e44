"""Stories in match: what an annotated article offers, and the records about the stories that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from services.contracts import topics
from services.contracts.event import AnnotatedArticle, Article, Duplicate, Entity, Novelty, Precision
from services.contracts.headers import STORY_TYPE, build_headers
from services.contracts.state.shard_map import find_shard_language
from services.contracts.state.story_state import StoryState
from services.contracts.stories.record import StoryRecord, StoryStatus
from services.contracts.text.folding import fold
from services.enrichment.stories.article import ArticleEntity, StoryArticle
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import StoryVerdict
from services.enrichment.structs import build_struct, replace
from services.outcomes import Stage
from services.runtime.kafka.records import OutputRecord

_Record = build_struct(StoryRecord)

LATE_MS: Final = topics.DAY_MS
"""Time after its publication from which an article is late."""
PRECISION_MS: Final[Mapping[Precision, int]] = {
    "second": 0, "minute": 60_000, "day": topics.DAY_MS, "month": 31 * topics.DAY_MS, "year": 366 * topics.DAY_MS,
}  # fmt: skip
"""Time after the beginning of a time of publication at which the article may still have been published."""


def build_story_article(annotated: AnnotatedArticle, duplicate: Duplicate, log_ms: int) -> StoryArticle:
    """Return the parts of an article that concern stories."""
    article = annotated.article
    features = annotated.story_features or extract_features(article.headline, article.body, article.language.code)
    return StoryArticle(
        annotated.id,
        features,
        log_ms,
        duplicate,
        find_story_source(article),
        article.headline,
        article.language.code,
        tuple(
            {
                entity.key: ArticleEntity(entity.key, entity.name, entity.type)
                for entity in annotated.entities or ()
                if entity.key is not None
            }.values()
        ),
        is_late(annotated, log_ms),
        find_shard_language(article.language),
    )


def find_story_source(article: Article) -> str | None:
    """Return the agency that the dateline names, else the publisher, folded.

    Fifty papers that print one agency's report are one source.
    """
    agency = article.dateline.agency if article.dateline is not None else None
    source = agency or article.source
    return fold(source) if source else None


def is_late(annotated: AnnotatedArticle, log_ms: int) -> bool:
    """Return whether an article arrived more than a day after the latest time at which it can have been published."""
    published = annotated.article.published_at
    if published is None:
        return False
    published_ms = int(published.value.timestamp() * 1000) + PRECISION_MS[published.precision]
    return log_ms > published_ms + LATE_MS


def add_novelty(entities: tuple[Entity, ...] | None, novelty: Mapping[str, Novelty]) -> tuple[Entity, ...] | None:
    """Return the entities with their novelty; those without one stay as they are."""
    if entities is None:
        return None
    return tuple(
        replace(entity, novelty=novelty[entity.key]) if entity.key is not None and entity.key in novelty else entity
        for entity in entities
    )


def build_story_outputs(verdict: StoryVerdict, topic: str, shard: int) -> Iterator[OutputRecord]:
    """Yield the outputs of the records that an article causes.

    Their partition is the shard, because the same writer must write all records of a story.
    """
    for record in build_story_records(verdict):
        yield build_story_output(record, topic, shard)


def build_story_records(verdict: StoryVerdict) -> Iterator[StoryRecord]:
    """Yield the records of the stories that ended or were merged because of an article, and of its own story."""
    own = verdict.mark.state
    for state in verdict.closed:
        yield build_story_record(state, "closed")
    for state in verdict.merged:
        yield build_story_record(state, "merged", merged_into=own.id)
    yield build_story_record(own, "open")


def build_story_record(state: StoryState, status: StoryStatus, merged_into: str | None = None) -> StoryRecord:
    """Return the public record of a story."""
    return _Record(
        id=state.id,
        version=state.version + (status != "open"),
        status=status,
        merged_into=merged_into,
        headline=state.headline,
        opened_at=_to_time(state.opened_ms),
        updated_at=_to_time(state.updated_ms),
        first=state.id,
        latest=state.latest,
        representative=state.representative,
        articles=state.size,
        originals=state.originals,
        copies=state.size - state.originals,
        sources=max(1, len(state.sources)),
        entities=state.entities,
        languages=state.languages,
    )


def build_story_output(record: StoryRecord, topic: str, shard: int) -> OutputRecord:
    """Return the output of a record of a story."""
    headers = build_headers(event_type=STORY_TYPE, article_id=record.id, stage=Stage.MATCH, time=record.updated_at)
    return OutputRecord(topic, record.id.encode(), record.to_bytes(), headers, shard)


def _to_time(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1000, UTC)
