"""What annotate says of itself: one line an article, and the metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from services.outcomes import Outcome, Stage
from services.processor.annotate.intake import RawRecord
from services.processor.annotate.work import Annotation, Refusal, Result
from services.runtime.metrics import Metrics

logger = structlog.get_logger()


class Teller:
    """Counts outcomes and writes each article's canonical line, once its record is acknowledged by the broker."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def tell(self, records: Sequence[RawRecord], results: Sequence[Result]) -> None:
        """Of a batch that has come to its outcomes."""
        now = time.time()
        for record, result in zip(records, results, strict=True):
            freshness = max(0.0, now - record.timestamp / 1_000)
            self._metrics.freshness.labels(Stage.ANNOTATE).observe(freshness)
            if isinstance(result, Annotation):
                self._tell_annotated(record, result, freshness)
            else:
                self._tell_dead(record, result)

    def _tell_annotated(self, record: RawRecord, result: Annotation, freshness: float) -> None:
        self._metrics.articles.labels(Stage.ANNOTATE, Outcome.ANNOTATED).inc()
        self._metrics.step_duration.labels(Stage.ANNOTATE, "article").observe(result.seconds)
        for step, seconds in result.steps:
            self._metrics.step_duration.labels(Stage.ANNOTATE, step).observe(seconds)
        for part, reason in result.incomplete:
            self._metrics.incomplete.labels(part, reason).inc()
        for result_of, sentences in (("hit", result.hits), ("miss", result.misses)):
            self._metrics.sentences.labels(result_of).inc(sentences)
        for name, version, digest in result.models:
            self._metrics.model.labels(name, version, digest).set(1)
        logger.info(
            "article_annotated",
            stage=Stage.ANNOTATE, id=result.article_id, language=result.language,
            incomplete=[f"{part}: {reason}" for part, reason in result.incomplete], bytes=len(result.value),
            seconds=round(result.seconds, 4), freshness=round(freshness, 3),
            partition=record.partition, offset=record.offset,
        )  # fmt: skip

    def _tell_dead(self, record: RawRecord, result: Refusal) -> None:
        failure = result.failure
        self._metrics.articles.labels(Stage.ANNOTATE, Outcome.DEAD_LETTERED).inc()
        self._metrics.dead_letters.labels(Stage.ANNOTATE, failure.reason).inc()
        logger.warning(
            "article_dead_lettered",
            stage=Stage.ANNOTATE, topic=record.topic, reason=failure.reason, exception=failure.exception,
            message=failure.message, attempt=failure.attempt, partition=record.partition, offset=record.offset,
            **({"traceback": result.traceback} if result.traceback else {}),
        )  # fmt: skip
