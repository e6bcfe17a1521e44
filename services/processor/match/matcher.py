"""The processing of one shard: an annotated article becomes a verdict and an enriched article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from services.contracts import topics
from services.contracts.decoding import decode_record
from services.contracts.event import AnnotatedArticle, Duplicate, Revision
from services.contracts.headers import RETRACTION_ORDER_TYPE, has_type, is_replayed
from services.contracts.retraction import RetractionOrder
from services.contracts.state.verdict_log import RevisionMark, VerdictRecord
from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout
from services.enrichment.matching.index import MatchIndex
from services.enrichment.matching.memory.known_ids import RETRACTED, Remembered
from services.enrichment.matching.signatures.signature import WORDLESS
from services.enrichment.stories.index import StoryIndex, StoryVerdict
from services.enrichment.stories.memory.assignments import Assignment
from services.enrichment.structs import build_struct, replace, to_struct
from services.errors import PermanentError
from services.outcomes import Outcome
from services.processor.match.decoding import decode_annotated, decode_verdict
from services.processor.match.metrics import MatchMetrics
from services.processor.match.outputs import MatchOutputs
from services.processor.match.story_records import build_story_article
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.lanes.ports import ProcessingResult, WriteState

_Verdict = build_struct(VerdictRecord)
_Revision, _RevisionMark = build_struct(Revision), build_struct(RevisionMark)

_ORIGINAL, _WORDLESS = to_struct(Duplicate(verdict="original")), to_struct(WORDLESS)

LAST_MS = 253_402_300_799_999
"""Last millisecond of the year 9999."""
CLOCK_TOLERANCE_MS = topics.DAY_MS
"""Maximum milliseconds by which an event time may be later than its record's timestamp. A later time is ignored: it
would make the whole index look old."""

MAX_SINGLE_UPDATES = 10_000
"""Maximum number of verdicts, restored after a snapshot or a rebalance, that are added to the index one by one. Each
costs about ten times as much as in bulk. But after a bulk update all tables of the index must be rebuilt, and the time
for that grows with the size of the whole index."""


class MatchProcessor:
    """The processor of one shard. Its state is the index of the shard's articles."""

    def __init__(
        self,
        shard: int,
        index: MatchIndex,
        metrics: MatchMetrics,
        *,
        publishes_revisions: bool = True,
        stories: StoryIndex | None = None,
        has_mentions: bool = False,
        layout: TopicLayout = DEFAULT_LAYOUT,
    ) -> None:
        """Prepare a shard.

        Args:
            shard: Number of the shard.
            index: Index of its articles.
            metrics: Metrics of the process.
            publishes_revisions: Whether a new revision of a known article is published again.
            stories: Index of its stories; None if stories are off.
            has_mentions: Whether a row is written for each entity of an article.
            layout: Names of the topics.
        """
        self._outputs = MatchOutputs(shard, layout, has_mentions=has_mentions)
        self.index = index
        self.stories = stories
        self._publishes_revisions = publishes_revisions
        self._shard = shard
        self._metrics = metrics
        self._single_updates_left = MAX_SINGLE_UPDATES
        """Number of verdicts that may still be added one by one; below 0, the tables must be rebuilt."""
        metrics.add_shard(shard, self)

    def restore(self, records: Sequence[ConsumedRecord]) -> None:
        """Add verdicts to the index. Raises PermanentError for a record that is no verdict."""
        verdicts = [decode_verdict(record.value) for record in records if record.value is not None]
        is_empty = self.index.known_count == 0
        self._single_updates_left -= MAX_SINGLE_UPDATES + 1 if is_empty else len(verdicts)
        if self._single_updates_left < 0:
            self.index.remember_many(verdicts)
            if self.stories is not None:
                self.stories.begin_bulk()
        else:
            for verdict in verdicts:
                self.index.remember(verdict)
        for verdict in verdicts:
            self._apply_story(verdict)

    def finish_restore(self) -> None:
        """Rebuild the tables of the index, if verdicts were added in bulk."""
        if self._single_updates_left < 0:
            self.index.build_tables()
            if self.stories is not None:
                self.stories.end_bulk()
        self._single_updates_left = MAX_SINGLE_UPDATES

    def snapshot(self) -> WriteState:
        """Capture the index and the stories.

        Only references are copied, so this takes milliseconds: records are added or replaced. Only a retraction
        changes one, and the log has it after the snapshot.
        """
        index = self.index.take_snapshot()
        stories = self.stories.take_snapshot() if self.stories is not None else None

        def write(folder: Path) -> None:
            index.write(folder)
            if stories is not None:
                stories.write(folder)

        return write

    def load_snapshot(self, folder: Path) -> None:
        """Load the index and the stories from a folder. Raises OSError or ValueError if that fails."""
        if self.stories is not None:
            self.stories = self.stories.load(folder)
        try:
            self.index = MatchIndex.load(folder, self.index.parameters)
        except PermanentError as error:
            raise ValueError(str(error)) from error

    def begin_transaction(self) -> None:
        """Do nothing: the parameters never change."""

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Find the verdict of one article. Raises PermanentError if the record is no annotated article."""
        if has_type(record.headers, RETRACTION_ORDER_TYPE):
            return self._retract(decode_record(RetractionOrder, record.value, record.headers, RETRACTION_ORDER_TYPE))
        annotated = decode_annotated(record)
        line = {"id": annotated.id, "language": annotated.article.language.code, "source": annotated.article.source}
        known = self.index.recall(annotated.id)
        if known is not None:
            return self._process_known(record, annotated, known, line)
        event_time_ms = find_event_time(annotated, record)
        duplicate = to_struct(self.index.judge(annotated.id, annotated.signature, event_time_ms))
        story: StoryVerdict | None = None
        if self.stories is not None:
            story = self.stories.judge(build_story_article(annotated, duplicate, event_time_ms))
        verdict = _Verdict(
            id=annotated.id,
            event_time_ms=event_time_ms,
            signature=annotated.signature,
            duplicate=duplicate,
            revision=_mark(annotated.enrichment.revision),
            story=story.mark if story is not None else None,
        )
        answer = Assignment(story.mark.story, story.novelty) if story is not None else None
        about_stories = self._outputs.build_stories(story) if story is not None else ()
        return ProcessingResult(
            Outcome.ENRICHED,
            outputs=(*self._outputs.build_event(record, annotated, verdict, answer), *about_stories),
            log_fields={
                **line,
                "verdict": duplicate.verdict,
                "duplicate_of": duplicate.duplicate_of,
                "story": story.mark.story.id if story is not None else None,
            },
            ingested_at=_find_arrival(record, annotated),
            update_state=partial(self._remember, verdict),
            count_metrics=partial(self._metrics.count_enriched, self._shard, annotated, duplicate.verdict, story),
        )

    def _remember(self, verdict: VerdictRecord) -> None:
        self.index.remember(verdict)
        self._apply_story(verdict)

    def _apply_story(self, verdict: VerdictRecord) -> None:
        if self.stories is None:
            return
        if verdict.story is not None:
            self.stories.apply(verdict.id, verdict.story)
        if verdict.retracted:
            self.stories.apply_retraction(verdict.id, verdict.story_state, verdict.story_ends)

    def _process_known(
        self, record: ConsumedRecord, annotated: AnnotatedArticle, known: Remembered, line: Mapping[str, object]
    ) -> ProcessingResult:
        """Publish a known article again if its annotation is a new revision. It is counted in no other metric."""
        ingested_at = _find_arrival(record, annotated)
        revision = annotated.enrichment.revision
        if (
            known.is_retracted
            or revision is None
            or revision.hash == known.revision_hash
            or not self._publishes_revisions
        ):
            return ProcessingResult(Outcome.REPEATED, log_fields=line, ingested_at=ingested_at)
        later = _Revision(number=known.number + 1, hash=revision.hash, replaces=known.revision_hash)
        revised = replace(annotated, enrichment=replace(annotated.enrichment, revision=later))
        # The first record of the article has its event time and its signature.
        verdict = _Verdict(
            id=annotated.id,
            event_time_ms=0,
            signature=_WORDLESS,
            duplicate=to_struct(known.duplicate),
            revision=_mark(later),
        )
        answer = self.stories.recall(annotated.id) if self.stories is not None else None
        return ProcessingResult(
            Outcome.REVISED,
            outputs=self._outputs.build_event(record, revised, verdict, answer),
            log_fields={**line, "verdict": known.duplicate.verdict, "revision": later.number},
            ingested_at=ingested_at,
            update_state=partial(self.index.remember, verdict),
        )

    def _retract(self, order: RetractionOrder) -> ProcessingResult:
        """Publish the retraction of an article once, and replace its signature in the log; its id remains.

        An article that this shard does not know is refused if it arrives later.
        """
        known = self.index.recall(order.id)
        line = {"id": order.id, "known": known is not None, "routes": list(order.routes)}
        if known is not None and known.is_retracted:
            return ProcessingResult(Outcome.REPEATED, log_fields=line)
        number = known.number + 1 if known is not None else 1
        story, ends = self.stories.judge_retraction(order.id) if self.stories is not None else (None, None)
        verdict = _Verdict(
            id=order.id,
            event_time_ms=0,
            signature=_WORDLESS,
            duplicate=_ORIGINAL,
            revision=_RevisionMark(number=number, hash=RETRACTED),
            retracted=True,
            story_state=story,
            story_ends=ends,
        )
        return ProcessingResult(
            Outcome.RETRACTED,
            outputs=tuple(self._outputs.build_retraction(order, verdict, is_known=known is not None)),
            log_fields=line,
            update_state=partial(self._remember, verdict),
        )

    def close(self) -> None:
        """Remove the shard from the metrics."""
        self._metrics.remove_shard(self._shard)


def _find_arrival(record: ConsumedRecord, annotated: AnnotatedArticle) -> datetime | None:
    """Return when the article arrived, for its freshness; None for one that a replay sends again."""
    return None if is_replayed(record.headers) else annotated.article.ingested_at


def _mark(revision: Revision | None) -> RevisionMark | None:
    return _RevisionMark(number=revision.number, hash=revision.hash) if revision is not None else None


def find_event_time(annotated: AnnotatedArticle, record: ConsumedRecord) -> int:
    """Return when the raw topic received the article, or else when this record was written.

    The unit is milliseconds since the epoch. Raises PermanentError for a time after the year 9999, which no event can
    name.
    """
    written_ms = max(0, record.timestamp)
    if annotated.article.ingested_at is None:
        if written_ms > LAST_MS:
            raise PermanentError(f"the record's timestamp, {written_ms} ms, is after the year 9999")
        return written_ms
    ingested_ms = max(0, int(annotated.article.ingested_at.timestamp() * 1000))
    return written_ms if 0 < written_ms < ingested_ms - CLOCK_TOLERANCE_MS else ingested_ms
