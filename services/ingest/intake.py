"""What every source hands its entries to: each article comes to one outcome, counted and logged here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import CopydeskError, PermanentError, TransientError
from services.ingest.metrics import IngestMetrics
from services.ingest.normalise import Publication, build_publication
from services.ingest.publisher import Publisher
from services.outcomes import Outcome, Stage
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.health import Health
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier, RetryPolicy

CHUNK = 16
"""Articles normalised before the event loop gets its turn: some milliseconds, or 0.2 s of the largest ones."""
ENDLESS_RETRIES = RetryPolicy(attempts=None, initial_wait=0.2, max_wait=10.0, jitter=1.0)
"""Policy for sources that cannot be asked to send an article again, such as a folder: try until it is published."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one entry."""

    id: str | None = None
    """Of the article, once the broker has acknowledged it."""
    error: CopydeskError | None = None
    """PermanentError: rejected; TransientError: neither published nor rejected, to be tried again."""


Item = object
"""Fields of an article as parsed from JSON, or the PermanentError that reading them gave."""


class Intake:
    """Normalises, publishes, counts, logs."""

    def __init__(self, publisher: Publisher, metrics: IngestMetrics, health: Health) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._health = health
        self._reporter = OutcomeReporter(Stage.INGEST, metrics)
        self._retrier = Retrier(Stage.INGEST, metrics, ENDLESS_RETRIES)

    async def take(self, items: Sequence[Item], *, via: str, traceparent: bytes | None = None) -> list[IntakeResult]:
        """The outcome of each item, in order; published ones are acknowledged. One never harms another."""
        self._metrics.taken.labels(Stage.INGEST).inc(len(items))
        in_flight = self._metrics.in_flight.labels(Stage.INGEST)
        in_flight.inc(len(items))
        started = time.perf_counter()
        try:
            with self.measure("normalise"):
                prepared = await self._prepare(items, traceparent)
            publications = [item for item in prepared if isinstance(item, Publication)]
            with self.measure("publish"):
                verdicts = iter(await self._publisher.publish(publications) if publications else [])
            await reach(CrashPoint.PUBLISHED)
            results = [
                IntakeResult(error=item) if isinstance(item, CopydeskError) else IntakeResult(item.id, next(verdicts))
                for item in prepared
            ]
        finally:
            in_flight.dec(len(items))
        self._metrics.batch_size.labels(Stage.INGEST).observe(len(items))
        for item, result in zip(prepared, results, strict=True):
            self._record(item, result, via=via, seconds=time.perf_counter() - started)
        return results

    async def take_until_settled(self, items: Sequence[Item], *, via: str) -> list[IntakeResult]:
        """As `take`, for sources that cannot be told to come again: what is transient is tried again for ever."""
        results: list[IntakeResult] = [IntakeResult()] * len(items)
        waiting = list(range(len(items)))

        async def publish_waiting() -> None:
            nonlocal waiting
            answers = await self.take([items[index] for index in waiting], via=via)
            for index, result in zip(waiting, answers, strict=True):
                results[index] = result
            waiting = [index for index in waiting if isinstance(results[index].error, TransientError)]
            if waiting:
                raise TransientError(f"{len(waiting)} articles are not published yet: {results[waiting[0]].error}")

        await self._retrier.call("publish articles", publish_waiting)
        return results

    def refuse(self, error: CopydeskError, *, via: str) -> None:
        """Count and log a whole request that was refused before its articles could be told apart."""
        self._metrics.taken.labels(Stage.INGEST).inc()
        self._record(error, IntakeResult(error=error), via=via, seconds=0.0)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Observe the duration of a step."""
        with self._metrics.step_duration.labels(Stage.INGEST, step).time():
            yield

    async def _prepare(self, items: Sequence[Item], traceparent: bytes | None) -> list[Publication | CopydeskError]:
        prepared: list[Publication | CopydeskError] = []
        for position, item in enumerate(items, start=1):
            prepared.append(_prepare_one(item, traceparent))
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


def _prepare_one(item: Item, traceparent: bytes | None) -> Publication | CopydeskError:
    if isinstance(item, PermanentError):
        return item
    try:
        return build_publication(validate(RawArticle, item), traceparent=traceparent)
    except PermanentError as error:
        return error
