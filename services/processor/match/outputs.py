"""The records that match writes: the verdict of an article, its event, its story, the rows of its entities."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.contracts import topics
from services.contracts.event import AnnotatedArticle, Duplicate, EnrichedArticle, Origin
from services.contracts.event.enriched import SHARED_FIELDS
from services.contracts.headers import (
    ENRICHED_TYPE,
    RETRACTED_TYPE,
    REVISION_HEADER,
    ROUTES_HEADER,
    VERDICT_TYPE,
    build_headers,
    find_traceparent,
    list_replay_headers,
)
from services.contracts.retraction import Retraction, RetractionOrder
from services.contracts.state.verdict_log import VerdictRecord, build_revision_key
from services.contracts.topics import TopicLayout
from services.enrichment.matching.index import find_later_revision
from services.enrichment.stories.index import StoryVerdict
from services.enrichment.stories.memory.assignments import Assignment
from services.enrichment.structs import build_struct
from services.outcomes import Stage
from services.processor.match.mention_records import build_mention_outputs
from services.processor.match.story_records import (
    add_novelty,
    build_story_output,
    build_story_outputs,
    build_story_record,
)
from services.runtime.kafka.records import ConsumedRecord, OutputRecord

_Enriched, _Origin = build_struct(EnrichedArticle), build_struct(Origin)

FIRST_REVISED = 2
"""Revision number of the retraction of an article that was never revised. A higher number means that the log has a
second record of the article, that of its latest revision."""


class MatchOutputs:
    """Builder of the records of one shard."""

    def __init__(self, shard: int, layout: TopicLayout, *, has_mentions: bool) -> None:
        """Prepare a shard. `has_mentions` says whether a row is written for each entity of an article."""
        self._shard = shard
        self._verdicts, self._enriched = layout.name(topics.VERDICTS), layout.name(topics.ENRICHED)
        self._story_topic = layout.name(topics.STORIES)
        self._mention_topic = layout.name(topics.MENTIONS) if has_mentions else None

    def build_event(
        self, record: ConsumedRecord, annotated: AnnotatedArticle, verdict: VerdictRecord, answer: Assignment | None
    ) -> tuple[OutputRecord, ...]:
        """Return the verdict for the log, on the shard's own partition, the event, and the rows of its entities.

        All have the time of writing as their timestamp. With the input's timestamp, records that are processed again
        days later would be deleted by retention immediately.
        """
        key, traceparent = annotated.id.encode(), find_traceparent(record.headers)
        enriched = build_enriched(annotated, verdict.duplicate, record, answer)
        headers = partial(
            build_headers,
            article_id=annotated.id,
            stage=Stage.MATCH,
            time=annotated.article.ingested_at,
            traceparent=traceparent,
        )
        later = find_later_revision(verdict)
        verdict_key = build_revision_key(annotated.id) if later is not None else key
        # Only an event that replaces an earlier one has this header.
        revision = ((REVISION_HEADER, str(later.number).encode()),) if later is not None else ()
        return (
            OutputRecord(
                self._verdicts, verdict_key, verdict.to_bytes(), headers(event_type=VERDICT_TYPE), self._shard
            ),
            OutputRecord(
                self._enriched,
                key,
                enriched.to_bytes(),
                (
                    *headers(event_type=ENRICHED_TYPE),
                    *revision,
                    *list_replay_headers(record.headers),
                ),
            ),
            *(build_mention_outputs(enriched, self._mention_topic, traceparent) if self._mention_topic else ()),
        )

    def build_stories(self, story: StoryVerdict) -> Iterator[OutputRecord]:
        """Return the records of an article's story and of the stories that ended because of it."""
        return build_story_outputs(story, self._story_topic, self._shard)

    def build_retraction(
        self, order: RetractionOrder, verdict: VerdictRecord, *, is_known: bool
    ) -> Iterator[OutputRecord]:
        """Yield the records of a retraction: for the log, for consumers, and the story without the article."""
        key, headers = order.id.encode(), partial(build_headers, article_id=order.id, stage=Stage.MATCH)
        yield OutputRecord(self._verdicts, key, verdict.to_bytes(), headers(event_type=VERDICT_TYPE), self._shard)
        if verdict.revision is not None and verdict.revision.number > FIRST_REVISED:
            yield OutputRecord(self._verdicts, build_revision_key(order.id), None, (), self._shard)
        if is_known or order.publishes_unknown:
            retraction = Retraction(id=order.id, reason=order.reason)
            routes = (ROUTES_HEADER, ",".join(order.routes).encode())
            yield OutputRecord(
                self._enriched, key, retraction.to_bytes(), (*headers(event_type=RETRACTED_TYPE), routes)
            )
        if verdict.story_state is not None:
            yield build_story_output(build_story_record(verdict.story_state, "open"), self._story_topic, self._shard)


def build_enriched(
    annotated: AnnotatedArticle, duplicate: Duplicate, record: ConsumedRecord, answer: Assignment | None = None
) -> EnrichedArticle:
    """Build the event, with the annotated record as its origin, and with the story and the novelty of an answer."""
    parts = {name: getattr(annotated, name) for name in SHARED_FIELDS}
    if answer is not None:
        parts["entities"] = add_novelty(annotated.entities, answer.novelty)
    return _Enriched(
        **parts,
        duplicate=duplicate,
        story=answer.story if answer is not None else None,
        enrichment=annotated.enrichment,
        origin=_Origin(topic=record.topic, partition=record.partition, offset=record.offset),
    )
