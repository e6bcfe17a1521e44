"""The report of an article's outcome: the counters and the one canonical log line, equal in all services."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Protocol

import structlog

from services.contracts.headers import Failure
from services.outcomes import STAGE_OUTCOMES, Outcome, Stage
from services.runtime.service.metrics import Metrics

logger = structlog.get_logger()


class RecordPosition(Protocol):
    """The place of a record in Kafka. Every kind of consumed record has these attributes."""

    @property
    def topic(self) -> str:
        """Topic of the record."""

    @property
    def partition(self) -> int:
        """Partition of the record."""

    @property
    def offset(self) -> int:
        """Offset of the record."""


class OutcomeReporter:
    """Reporter that counts the outcome of each article at one stage, and writes the article's canonical log line.

    Report an outcome only when it is durable: when the broker has acknowledged the article, or when the transaction is
    committed. Build the reporter after logging is configured, because it binds its logger once. It also looks each
    label up once, because a lookup takes as long as the counting.
    """

    def __init__(self, stage: Stage, metrics: Metrics, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._articles = {
            outcome: (metrics.articles.labels(stage, outcome), f"article_{outcome}")
            for outcome in STAGE_OUTCOMES[stage]
        }
        """Counter and log event of each outcome."""
        self._dead_letters = cache(partial(metrics.dead_letters.labels, stage))
        self._freshness = cache(partial(metrics.freshness.labels, stage))
        self._logger = logger.bind(stage=stage)

    def report(
        self,
        outcome: Outcome,
        fields: Mapping[str, object],
        *,
        record: RecordPosition | None = None,
        appended_at: float | None = None,
    ) -> None:
        """Report an outcome that is no dead letter: `article_<outcome>`, level info.

        `fields` are the stage's own fields of the line. `record` is the article's input record; ingest has none.
        `appended_at` is when the raw topic got the article, in seconds since the epoch; freshness is counted from it.
        """
        counter, event = self._articles[outcome]
        counter.inc()
        line = dict(fields)
        if appended_at is not None:
            line["freshness"] = self._observe_freshness(appended_at)
        if record is not None:
            line["partition"], line["offset"] = record.partition, record.offset
        self._logger.info(event, **line)

    def report_dead_letter(
        self, failure: Failure, record: RecordPosition, *, appended_at: float | None = None, traceback: str = ""
    ) -> None:
        """Report a dead letter: `article_dead_lettered`, level warning, or error if there is a traceback.

        A traceback shows that our code failed, and not the article.
        """
        counter, event = self._articles[Outcome.DEAD_LETTERED]
        counter.inc()
        self._dead_letters(failure.reason).inc()
        line: dict[str, object] = {
            "reason": failure.reason,
            "exception": failure.exception,
            "error": failure.message,
            "attempt": failure.attempt,
        }
        if appended_at is not None:
            line["freshness"] = self._observe_freshness(appended_at)
        line |= {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        if traceback:
            self._logger.error(event, **line, traceback=traceback)
        else:
            self._logger.warning(event, **line)

    def _observe_freshness(self, appended_at: float) -> float:
        freshness = max(0.0, self._clock() - appended_at)
        self._freshness().observe(freshness)
        return round(freshness, 3)
