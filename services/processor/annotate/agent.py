"""The agent: batches in, results out, acknowledged in order. No exception leaves it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence

import structlog

from services.contracts.headers import Failure
from services.errors import CopydeskError, PermanentError
from services.outcomes import Reason, Stage
from services.processor.annotate.raw_records import RawRecord, acknowledge, check_raw_record
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.stream.delivery import Delivery, build_output_or_dead_letter
from services.processor.annotate.stream.offsets import OffsetChecker
from services.processor.annotate.stream.stuck import StuckPartitionDetector
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, Job, JobResult
from services.processor.annotate.workers.pool import WorkerPool
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.health import Health

OUR_FAULTS = frozenset({Reason.UNEXPECTED, Reason.WORKER_DIED, Reason.TIMED_OUT})
"""Reasons that point at our code or machine rather than at the article."""

logger = structlog.get_logger()


class Agent:
    """Agent that works on one batch while the previous one is delivered.

    Records are acknowledged in the order of their reading.
    """

    def __init__(
        self,
        settings: AnnotateSettings,
        *,
        pool: WorkerPool,
        delivery: Delivery,
        offset_checker: OffsetChecker,
        stuck_detector: StuckPartitionDetector,
        reporter: ArticleReporter,
        health: Health,
        halt: Callable[[str], None],
    ) -> None:
        """`halt` ends the process immediately, with nothing committed."""
        self._settings = settings
        self._pool = pool
        self._delivery = delivery
        self._offset_checker = offset_checker
        self._stuck_detector = stuck_detector
        self._reporter = reporter
        self._health = health
        self._halt = halt
        self._failures_in_row = 0

    async def run(self, read_batch: Callable[[], Awaitable[Sequence[RawRecord]]]) -> None:
        """Work until `read_batch` returns an empty batch.

        The stream acknowledges the records that an exception leaves behind, so no exception may leave this method:
        any failure that is not a record's own ends the process, which reads again from its last commit.
        """
        delivering: asyncio.Task[None] | None = None
        try:
            while batch := await read_batch():
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
            self._halt_after(error)

    async def _annotate(self, batch: Sequence[RawRecord]) -> list[JobResult]:
        """Return one result per record. Raises CopydeskError when the process must end."""
        self._reporter.report_started(batch)
        await self._offset_checker.check([(record.partition, record.offset) for record in batch])
        screened = [self._screen(record) for record in batch]
        jobs = [item for item in screened if isinstance(item, Job)]
        with self._reporter.measure("work"):
            done = iter(await self._pool.annotate(jobs, self._report_progress))
        results = [next(done) if isinstance(item, Job) else item for item in screened]
        self._count_failures(results)
        return results

    def _report_progress(self) -> None:
        self._stuck_detector.record_activity()
        self._health.report_progress()

    def _screen(self, record: RawRecord) -> Job | FailedJob:
        try:
            value = check_raw_record(record.value, record.headers, max_bytes=self._settings.max_record_bytes)
        except PermanentError as error:
            return FailedJob(Failure(error.reason, Stage.ANNOTATE, type(error).__name__, str(error)))
        return Job(value, record.timestamp)

    def _count_failures(self, results: Sequence[JobResult]) -> None:
        """Raise CopydeskError after too many unexpected failures in a row.

        Bad input neither adds to a row nor ends it: it says nothing about the code that annotates.
        """
        for result in results:
            if isinstance(result, AnnotatedJob):
                self._failures_in_row = 0
                continue
            if result.failure.reason in OUR_FAULTS:
                self._failures_in_row += 1
            if self._failures_in_row >= self._settings.max_failures_in_row:
                raise CopydeskError(
                    f"{self._failures_in_row} articles in a row failed unexpectedly; the last: "
                    f"{result.failure.exception}: {result.failure.message}\n{result.traceback}",
                    stage=Stage.ANNOTATE,
                )

    async def _deliver(self, batch: Sequence[RawRecord], results: Sequence[JobResult]) -> None:
        """Send the outputs, then acknowledge and report the batch; any failure ends the process."""
        try:
            chosen = [
                build_output_or_dead_letter(record, result, self._delivery.shards, self._delivery.topic)
                for record, result in zip(batch, results, strict=True)
            ]
            with self._reporter.measure("deliver"):
                await self._delivery.deliver([output for _, output in chosen])
            await reach(CrashPoint.DELIVERED)
            acknowledge(batch)
            self._reporter.report_finished(batch, [result for result, _ in chosen])
            for record in batch:
                self._stuck_detector.record_progress(record.partition, 1)
            self._health.report_progress()
        except Exception as error:  # noqa: BLE001 - the loop's edge
            self._halt_after(error)

    def _halt_after(self, error: Exception) -> None:
        if not isinstance(error, CopydeskError):
            logger.error("batch_failed", stage=Stage.ANNOTATE, traceback="".join(traceback.format_exception(error)))
        self._halt(f"{type(error).__name__}: {error}")
