"""Metrics of annotate's batches, and one log line per article."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache, partial

from services.outcomes import Outcome, Stage
from services.processor.annotate.metrics import HIT, MISS, AnnotateMetrics
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.workers.messages import AnnotatedJob, JobResult
from services.runtime.service.outcome_reporter import OutcomeReporter

MILLISECONDS = 1_000
"""Milliseconds in a second."""


class ArticleReporter:
    """Reporter that counts batches and outcomes, and writes one log line per article.

    The line is written when the broker has acknowledged the article's output.
    """

    def __init__(self, metrics: AnnotateMetrics) -> None:
        """Look the labelled metrics up once: a look-up per article costs as much as the counting."""
        self._received = metrics.received.labels(Stage.ANNOTATE)
        self._in_flight = metrics.in_flight.labels(Stage.ANNOTATE)
        self._batch_size = metrics.batch_size.labels(Stage.ANNOTATE)
        self._hits, self._misses = (metrics.sentences.labels(result) for result in (HIT, MISS))
        self._step = cache(partial(metrics.step_duration.labels, Stage.ANNOTATE))
        self._incomplete = cache(metrics.incomplete.labels)
        self._model = cache(metrics.model.labels)
        self._outcomes = OutcomeReporter(Stage.ANNOTATE, metrics)

    def measure(self, step: str) -> AbstractContextManager[object]:
        """Observe the duration of the block as one step of a batch."""
        timer: AbstractContextManager[object] = self._step(step).time()
        return timer

    def report_started(self, records: Sequence[RawRecord]) -> None:
        """Count a batch that was read."""
        self._received.inc(len(records))
        self._in_flight.inc(len(records))
        self._batch_size.observe(len(records))

    def report_finished(self, records: Sequence[RawRecord], results: Sequence[JobResult]) -> None:
        """Count and log the outcomes of a batch that was delivered."""
        self._in_flight.dec(len(records))
        for record, result in zip(records, results, strict=True):
            appended_at = None if record.is_replayed else record.timestamp / MILLISECONDS
            if isinstance(result, AnnotatedJob):
                self._report_annotated(record, result, appended_at)
            else:
                self._outcomes.report_dead_letter(
                    result.failure, record, appended_at=appended_at, traceback=result.traceback
                )

    def _report_annotated(self, record: RawRecord, result: AnnotatedJob, appended_at: float | None) -> None:
        self._step("article").observe(result.seconds)
        for step, seconds in result.steps:
            self._step(step).observe(seconds)
        for part, reason in result.incomplete:
            self._incomplete(part, reason).inc()
        self._hits.inc(result.hits)
        self._misses.inc(result.misses)
        for model in result.models:
            self._model(*model).set(1)
        fields = {
            "id": result.article_id,
            "language": result.language,
            "incomplete": [f"{part}: {reason}" for part, reason in result.incomplete],
            "bytes": len(result.value),
            "seconds": round(result.seconds, 4),
        }
        self._outcomes.report(Outcome.ANNOTATED, fields, record=record, appended_at=appended_at)
