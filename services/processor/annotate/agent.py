"""The agent: batches in, results out, acknowledged in order. No exception leaves it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from services.contracts.headers import Failure
from services.errors import CopydeskError, PermanentError
from services.outcomes import Reason, Stage
from services.processor.annotate.decode import screen
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.stream.batch_reader import Intake, RawRecord, acknowledge
from services.processor.annotate.stream.delivery import Delivery, settle
from services.processor.annotate.stream.offsets import Movement, Watch
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, Job, JobResult
from services.processor.annotate.workers.pool import WorkerPool
from services.runtime.service.crash_points import Point, reach
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics

OURS = frozenset({Reason.UNEXPECTED, Reason.WORKER_DIED, Reason.TIMED_OUT})
"""Reasons that point at our code or machine rather than at the article."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the agent works with."""

    settings: AnnotateSettings
    pool: WorkerPool
    delivery: Delivery
    watch: Watch
    movement: Movement
    teller: ArticleReporter
    metrics: Metrics
    health: Health
    halt: Callable[[str], None]
    """Ends the process at once, with nothing committed."""


class Agent:
    """Works on one batch and delivers its predecessor meanwhile; acknowledges in the order in which it took."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._failures_in_row = 0

    async def run(self, intake: Intake) -> None:
        """Until the stream ends.

        faust acknowledges what an exception leaves behind, so that none may leave: whatever happens here that is not
        a record's own failure ends the process, which reads again from its commit.
        """
        delivering: asyncio.Task[None] | None = None
        try:
            while batch := await intake.take():
                results = await self._annotate(batch)
                if delivering is not None:
                    await delivering
                delivering = asyncio.create_task(self._deliver(batch, results), name="deliver")
            if delivering is not None:
                await delivering
        except asyncio.CancelledError:
            if delivering is not None:
                delivering.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - the loop's edge
            self._halt(error)

    async def _annotate(self, batch: Sequence[RawRecord]) -> list[JobResult]:
        """One result a record. Raises CopydeskError when the process must end."""
        parts = self._parts
        parts.metrics.taken.labels(Stage.ANNOTATE).inc(len(batch))
        parts.metrics.in_flight.labels(Stage.ANNOTATE).inc(len(batch))
        parts.metrics.batch_size.labels(Stage.ANNOTATE).observe(len(batch))
        await parts.watch.check([(record.partition, record.offset) for record in batch])
        screened = [self._screen(record) for record in batch]
        with parts.metrics.step_duration.labels(Stage.ANNOTATE, "work").time():
            worked = iter(await parts.pool.annotate([item for item in screened if isinstance(item, Job)], self._get_on))
        results = [next(worked) if isinstance(item, Job) else item for item in screened]
        self._count_failures(results)
        return results

    def _get_on(self) -> None:
        self._parts.movement.lives()
        self._parts.health.progress()

    def _screen(self, record: RawRecord) -> Job | FailedJob:
        try:
            value = screen(record.value, record.headers, max_bytes=self._parts.settings.max_record_bytes)
        except PermanentError as error:
            return FailedJob(Failure(error.reason, Stage.ANNOTATE, type(error).__name__, str(error)))
        return Job(value, record.timestamp)

    def _count_failures(self, results: Sequence[JobResult]) -> None:
        """Bad input neither adds to a row nor ends it: it says nothing about the code that annotates."""
        for result in results:
            if isinstance(result, AnnotatedJob):
                self._failures_in_row = 0
            elif result.failure.reason in OURS:
                self._failures_in_row += 1
            if self._failures_in_row >= self._parts.settings.max_failures_in_row:
                assert isinstance(result, FailedJob)
                raise CopydeskError(
                    f"{self._failures_in_row} articles in a row failed unexpectedly; the last: "
                    f"{result.failure.exception}: {result.failure.message}\n{result.traceback}",
                    stage=Stage.ANNOTATE,
                )

    async def _deliver(self, batch: Sequence[RawRecord], results: Sequence[JobResult]) -> None:
        parts = self._parts
        try:
            settled = [settle(record, result) for record, result in zip(batch, results, strict=True)]
            with parts.metrics.step_duration.labels(Stage.ANNOTATE, "deliver").time():
                await parts.delivery.deliver([output for _, output in settled])
            await reach(Point.DELIVERED)
            acknowledge(batch)
            parts.metrics.in_flight.labels(Stage.ANNOTATE).dec(len(batch))
            parts.teller.tell(batch, [result for result, _ in settled])
            for record in batch:
                parts.movement.moved(record.partition, 1)
            parts.health.progress()
        except Exception as error:  # noqa: BLE001 - the loop's edge
            self._halt(error)

    def _halt(self, error: Exception) -> None:
        if not isinstance(error, CopydeskError):
            logger.error("unexpected_error", stage=Stage.ANNOTATE, traceback="".join(traceback.format_exception(error)))
        self._parts.halt(f"{type(error).__name__}: {error}")
