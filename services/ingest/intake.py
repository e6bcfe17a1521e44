"""Intake: the way from every source to the raw topic. Each article gets one outcome, which is counted and logged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.contracts.retraction import RetractionRequest
from services.errors import CopydeskError, PermanentError, TransientError
from services.ingest.entries import Entry, UnreadableEntry
from services.ingest.metrics import IngestMetrics
from services.ingest.normalise import Publication, build_publication, build_retraction
from services.ingest.publisher import Publisher
from services.outcomes import Outcome, Stage
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.health import Health
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier, RetryPolicy

CHUNK = 16
"""Number of articles that are normalised before other tasks may run: some milliseconds, or 0.2 s for the largest
articles."""
ENDLESS_RETRIES = RetryPolicy(attempts=None, initial_wait=0.2, max_wait=10.0, jitter=1.0)
"""Policy for sources that cannot be asked to send an article again, such as a folder: try until it is published."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Result of one item."""

    id: str | None = None
    """Id of the article; None if the item is not a valid article."""
    error: CopydeskError | None = None
    """PermanentError if the item was rejected; TransientError if it was neither published nor rejected: try again."""


Item = object
"""Fields of an article as parsed from JSON, or the PermanentError with which the reading of them failed."""


def build_item(entry: Entry | UnreadableEntry) -> Item:
    """Build the item for an entry of a file or a pipe."""
    if isinstance(entry, UnreadableEntry):
        return PermanentError(entry.message, reason=entry.reason, field=entry.field)
    return entry.fields


class Intake:
    """Normalisation, publication, metrics and log lines of articles, the same for all sources."""

    def __init__(self, publisher: Publisher, metrics: IngestMetrics, health: Health) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._health = health
        self._reporter = OutcomeReporter(Stage.INGEST, metrics)
        self._retrier = Retrier(Stage.INGEST, metrics, ENDLESS_RETRIES)

    async def ingest(self, items: Sequence[Item], *, via: str, traceparent: bytes | None = None) -> list[IntakeResult]:
        """Validate and publish items. Returns the result of each, in order.

        A published item is acknowledged by the broker. A bad item does not affect the others. `via` names the source in
        the log.
        """
        self._metrics.received.labels(Stage.INGEST).inc(len(items))
        in_flight = self._metrics.in_flight.labels(Stage.INGEST)
        in_flight.inc(len(items))
        started = time.perf_counter()
        try:
            with self._measure("normalise"):
                prepared = await self._prepare(items, traceparent)
            publications = [item for item in prepared if isinstance(item, Publication)]
            with self._measure("publish"):
                answers = iter(await self._publisher.publish(publications) if publications else [])
            await reach(CrashPoint.PUBLISHED)
            results = [
                IntakeResult(error=item) if isinstance(item, CopydeskError) else IntakeResult(item.id, next(answers))
                for item in prepared
            ]
        finally:
            in_flight.dec(len(items))
        self._metrics.batch_size.labels(Stage.INGEST).observe(len(items))
        for item, result in zip(prepared, results, strict=True):
            self._record(item, result, via=via, seconds=time.perf_counter() - started)
        return results

    async def ingest_with_retries(self, items: Sequence[Item], *, via: str) -> list[IntakeResult]:
        """Ingest items, and repeat without limit those that failed with a TransientError.

        For sources that no one can ask to send an article again.
        """
        results: list[IntakeResult] = [IntakeResult()] * len(items)
        waiting = list(range(len(items)))

        async def publish_waiting() -> None:
            nonlocal waiting
            answers = await self.ingest([items[index] for index in waiting], via=via)
            for index, result in zip(waiting, answers, strict=True):
                results[index] = result
            waiting = [index for index in waiting if isinstance(results[index].error, TransientError)]
            if waiting:
                raise TransientError(f"{len(waiting)} articles are not published yet: {results[waiting[0]].error}")

        await self._retrier.call("publish articles", publish_waiting)
        return results

    async def request_retraction(self, request: RetractionRequest) -> None:
        """Publish a request to retract articles. Raises CopydeskError if the broker does not acknowledge it."""
        publication = build_retraction(request)
        [error] = await self._publisher.publish([publication])
        if error is not None:
            raise error
        logger.info("retraction_requested", stage=Stage.INGEST, retracted=publication.id)

    def reject_request(self, error: CopydeskError, *, via: str) -> None:
        """Count and log a request or file that was rejected as a whole, before its articles were read."""
        self._metrics.received.labels(Stage.INGEST).inc()
        self._record(error, IntakeResult(error=error), via=via, seconds=0.0)

    @contextmanager
    def _measure(self, step: str) -> Iterator[None]:
        with self._metrics.step_duration.labels(Stage.INGEST, step).time():
            yield

    async def _prepare(self, items: Sequence[Item], traceparent: bytes | None) -> list[Publication | CopydeskError]:
        prepared: list[Publication | CopydeskError] = []
        for position, item in enumerate(items, start=1):
            prepared.append(_prepare_item(item, traceparent))
            if position % CHUNK == 0:
                await asyncio.sleep(0)
        return prepared

    def _record(self, item: Publication | CopydeskError, result: IntakeResult, *, via: str, seconds: float) -> None:
        error = result.error
        if error is None and isinstance(item, Publication):
            self._health.report_progress()
            self._reporter.report(
                Outcome.PUBLISHED,
                {
                    "id": item.id,
                    "source": item.source,
                    "bytes": len(item.value),
                    "seconds": round(seconds, 4),
                    "via": via,
                },
            )
        elif error is not None:
            self._metrics.rejections.labels(error.reason).inc()
            fields = {"reason": error.reason, "error": str(error), "via": via}
            if isinstance(error, TransientError):
                # A deferred article has no outcome: the sender sends it again, and it is counted then.
                logger.warning("article_deferred", stage=Stage.INGEST, **fields)
                return
            field = error.field if isinstance(error, PermanentError) else None
            self._reporter.report(Outcome.REJECTED, {**fields, "field": field})


def _prepare_item(item: Item, traceparent: bytes | None) -> Publication | CopydeskError:
    if isinstance(item, PermanentError):
        return item
    try:
        return build_publication(validate(RawArticle, item), traceparent=traceparent)
    except PermanentError as error:
        return error
