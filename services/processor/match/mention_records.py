"""The rows of an event: one record for each entity, for the topic of mentions."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.event import EnrichedArticle, Entity
from services.contracts.headers import MENTION_TYPE, build_headers
from services.contracts.mention import MentionRow
from services.enrichment.structs import build_struct
from services.outcomes import Stage
from services.runtime.kafka.records import OutputRecord

_Row = build_struct(MentionRow)


def build_mention_outputs(event: EnrichedArticle, topic: str, traceparent: bytes | None) -> Iterator[OutputRecord]:
    """Yield the rows of an event in the order of its entities. An entity without a key has none."""
    seen: set[str] = set()
    for entity in event.entities or ():
        if entity.key is None or entity.key in seen:
            continue
        seen.add(entity.key)
        row = build_mention_row(event, entity, entity.key)
        headers = build_headers(
            event_type=MENTION_TYPE,
            article_id=f"{event.id}:{entity.key}",
            stage=Stage.MATCH,
            time=event.article.ingested_at,
            traceparent=traceparent,
        )
        yield OutputRecord(topic, entity.key.encode(), row.to_bytes(), headers)


def build_mention_row(event: EnrichedArticle, entity: Entity, key: str) -> MentionRow:
    """Return the row of an entity in an event."""
    article, revision, sentiment = event.article, event.enrichment.revision, entity.sentiment
    return _Row(
        article=event.id,
        revision=revision.number if revision is not None else 1,
        at=article.ingested_at,
        published_at=article.published_at,
        source=article.source,
        language=article.language.code,
        headline=article.headline,
        verdict=event.duplicate.verdict,
        story=event.story.id if event.story is not None else None,
        entity=key,
        name=entity.name,
        type=entity.type,
        identifiers=entity.identifiers,
        salience=entity.salience,
        mentions=len(entity.mentions),
        polarity=sentiment.polarity,
        negative=sentiment.negative,
        neutral=sentiment.neutral,
        positive=sentiment.positive,
        novelty=entity.novelty,
    )
