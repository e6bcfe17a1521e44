"""The work of match on one shard: an annotated article in; its verdict and the enriched article out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from services.contracts import topics
from services.contracts.decoding import decode_record
from services.contracts.event import AnnotatedArticle, Duplicate, EnrichedArticle, Origin
from services.contracts.headers import (
    ANNOTATED_TYPE,
    ENRICHED_TYPE,
    VERDICT_TYPE,
    build_headers,
    find_traceparent,
)
from services.contracts.verdict_log import VerdictRecord
from services.enrichment.matching.index import MatchIndex
from services.errors import PermanentError
from services.outcomes import Outcome, Stage
from services.processor.match.metrics import MatchMetrics
from services.processor.match.verdict_decoder import decode_verdict
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.lanes.ports import ProcessingResult, WriteState

CLOCK_TOLERANCE_MS = topics.DAY_MS
"""An event time further than this ahead of the record's own timestamp is no time: it would age the whole index."""

ONE_BY_ONE = 10_000
"""Verdicts read back behind a snapshot, or after a rebalance, that are taken in one by one, each at the cost of ten
taken in together. Then all tables must be built anew, which takes a second for each half million articles."""


class MatchProcessor:
    """One shard's index and what is done with it."""

    def __init__(self, shard: int, index: MatchIndex, metrics: MatchMetrics) -> None:
        self.index = index
        self._shard = shard
        self._metrics = metrics
        self._one_by_one = ONE_BY_ONE
        """Verdicts that may still be taken in so; below 0 the index is not settled."""
        metrics.add_shard(shard, self)

    def restore(self, records: Sequence[SourceRecord]) -> None:
        """See PartitionProcessor. Raises PermanentError for a record that is no verdict: then the log is not ours."""
        verdicts = [decode_verdict(record.value) for record in records if record.value is not None]
        is_rest = self.index.known_count > 0
        self._one_by_one -= len(verdicts) if is_rest else ONE_BY_ONE + 1
        if self._one_by_one < 0:
            self.index.remember_many(verdicts)
            return
        for verdict in verdicts:
            self.index.remember(verdict)

    def finish_restore(self) -> None:
        """See PartitionProcessor."""
        if self._one_by_one < 0:
            self.index.settle()
        self._one_by_one = ONE_BY_ONE

    def snapshot(self) -> WriteState:
        """See PartitionProcessor. It copies nothing and takes milliseconds: the records are added to and never changed."""
        return self.index.freeze().dump

    def load_snapshot(self, folder: Path) -> None:
        """See PartitionProcessor."""
        try:
            self.index = MatchIndex.load(folder, self.index.parameters)
        except PermanentError as error:
            raise ValueError(str(error)) from error

    def process(self, record: SourceRecord) -> ProcessingResult:
        """Judge one article. Raises PermanentError for a record that is none."""
        annotated = decode_record(AnnotatedArticle, record.value, record.headers, ANNOTATED_TYPE)
        line = {"id": annotated.id, "language": annotated.article.language.code, "source": annotated.article.source}
        ingested_at = annotated.article.ingested_at
        if self.index.knows(annotated.id):
            return ProcessingResult(Outcome.REPEATED, log_fields=line, ingested_at=ingested_at)
        event_time_ms = find_event_time(annotated, record)
        duplicate = self.index.judge(annotated.id, annotated.signature, event_time_ms)
        verdict = VerdictRecord(
            id=annotated.id, event_time_ms=event_time_ms, signature=annotated.signature, duplicate=duplicate
        )
        return ProcessingResult(
            Outcome.ENRICHED,
            outputs=self._build_outputs(record, annotated, verdict),
            log_fields={**line, "verdict": duplicate.verdict, "duplicate_of": duplicate.duplicate_of},
            ingested_at=ingested_at,
            update_state=partial(self.index.remember, verdict),
            count_metrics=partial(self._metrics.count_enriched, self._shard, annotated, duplicate.verdict),
        )

    def close(self) -> None:
        """The shard has gone to another process."""
        self._metrics.remove_shard(self._shard)

    def _build_outputs(
        self, record: SourceRecord, annotated: AnnotatedArticle, verdict: VerdictRecord
    ) -> tuple[Output, Output]:
        """The verdict for the log, on the shard's own partition, and the event.

        Their timestamp is that of writing: with the input's, what is read again after days would be deleted on arrival.
        """
        key, traceparent = annotated.id.encode(), find_traceparent(record.headers)
        enriched = build_enriched(annotated, verdict.duplicate, record)

        def headers(event_type: str) -> tuple[tuple[str, bytes], ...]:
            return build_headers(
                event_type=event_type,
                article_id=annotated.id,
                stage=Stage.MATCH,
                time=annotated.article.ingested_at,
                traceparent=traceparent,
            )

        return (
            Output(topics.VERDICTS, key, verdict.to_bytes(), headers(VERDICT_TYPE), self._shard),
            Output(topics.ENRICHED, key, enriched.to_bytes(), headers(ENRICHED_TYPE)),
        )


def build_enriched(annotated: AnnotatedArticle, duplicate: Duplicate, record: SourceRecord) -> EnrichedArticle:
    """The event, with the record that it was made of as its origin."""
    origin = Origin(topic=record.topic, partition=record.partition, offset=record.offset)
    return EnrichedArticle.from_annotated(annotated, duplicate, origin)


def find_event_time(annotated: AnnotatedArticle, record: SourceRecord) -> int:
    """When the raw topic took the article, in milliseconds since the epoch; else when this record was written."""
    written_ms = max(0, record.timestamp)
    if annotated.article.ingested_at is None:
        return written_ms
    ingested_ms = max(0, int(annotated.article.ingested_at.timestamp() * 1000))
    return written_ms if 0 < written_ms < ingested_ms - CLOCK_TOLERANCE_MS else ingested_ms
