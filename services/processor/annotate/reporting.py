"""Metrics of annotate's batches, and one log line per article."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache, partial

import structlog

from services.outcomes import Outcome, Stage
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, JobResult

logger = structlog.get_logger()


class ArticleReporter:
    """Counts batches and outcomes, and writes each article's line once the broker has acknowledged its output."""

    def __init__(self, metrics: AnnotateMetrics) -> None:
        """Look the labelled metrics up once: a look-up per article costs as much as the counting."""
        self._received = metrics.taken.labels(Stage.ANNOTATE)
        self._in_flight = metrics.in_flight.labels(Stage.ANNOTATE)
        self._batch_size = metrics.batch_size.labels(Stage.ANNOTATE)
        self._annotated = metrics.articles.labels(Stage.ANNOTATE, Outcome.ANNOTATED)
        self._dead_lettered = metrics.articles.labels(Stage.ANNOTATE, Outcome.DEAD_LETTERED)
        self._freshness = metrics.freshness.labels(Stage.ANNOTATE)
        self._hits, self._misses = (metrics.sentences.labels(result) for result in ("hit", "miss"))
        self._step = cache(partial(metrics.step_duration.labels, Stage.ANNOTATE))
        self._dead_letters = cache(partial(metrics.dead_letters.labels, Stage.ANNOTATE))
        self._incomplete = cache(metrics.incomplete.labels)
        self._model = cache(metrics.model.labels)
        self._logger = logger.bind()

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
        now = time.time()
        for record, result in zip(records, results, strict=True):
            freshness = max(0.0, now - record.timestamp / 1_000)
            self._freshness.observe(freshness)
            if isinstance(result, AnnotatedJob):
                self._report_annotated(record, result, freshness)
            else:
                self._report_dead_lettered(record, result)

    def _report_annotated(self, record: RawRecord, result: AnnotatedJob, freshness: float) -> None:
        self._annotated.inc()
        self._step("article").observe(result.seconds)
        for step, seconds in result.steps:
            self._step(step).observe(seconds)
        for part, reason in result.incomplete:
            self._incomplete(part, reason).inc()
        self._hits.inc(result.hits)
        self._misses.inc(result.misses)
        for model in result.models:
            self._model(*model).set(1)
        self._logger.info(
            "article_annotated",
            stage=Stage.ANNOTATE, id=result.article_id, language=result.language,
            incomplete=[f"{part}: {reason}" for part, reason in result.incomplete], bytes=len(result.value),
            seconds=round(result.seconds, 4), freshness=round(freshness, 3),
            partition=record.partition, offset=record.offset,
        )  # fmt: skip

    def _report_dead_lettered(self, record: RawRecord, result: FailedJob) -> None:
        failure = result.failure
        self._dead_lettered.inc()
        self._dead_letters(failure.reason).inc()
        self._logger.warning(
            "article_dead_lettered",
            stage=Stage.ANNOTATE, topic=record.topic, reason=failure.reason, exception=failure.exception,
            message=failure.message, attempt=failure.attempt, partition=record.partition, offset=record.offset,
            **({"traceback": result.traceback} if result.traceback else {}),
        )  # fmt: skip
