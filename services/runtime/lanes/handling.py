"""From one record to what is written for it: the work's outputs, or a dead letter. Knows no broker."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from services.contracts.headers import Failure
from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Outcome, Reason, Stage
from services.runtime.kafka.records import Output, SourceRecord, build_dead_letter, describe_failure, measure
from services.runtime.lanes.stage_plan import Handled, Work
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settled:
    """A record with its outcome, to be told once the transaction is committed."""

    record: SourceRecord
    outputs: tuple[Output, ...]
    handled: Handled | None
    failure: Failure | None = None


class Settler:
    """Handles records one by one; what fails is a dead letter, and its neighbours go on unharmed."""

    def __init__(self, stage: Stage, work: Work, retrier: Retrier, *, unexpected_limit: int) -> None:
        self._stage = stage
        self._work = work
        self._retrier = retrier
        self._unexpected_limit = unexpected_limit
        self._unexpected_in_a_row = 0

    async def settle(self, record: SourceRecord) -> Settled:
        """Handle one record and take it into the state.

        Raises TransientError when retries did not help, and CopydeskError when too many records in a row failed for an
        unforeseen reason; the process must stop then, with nothing committed. An exception of `keep` means the same.
        """
        try:
            handled = await self._handle(record)
        except TransientError:
            raise
        except PermanentError as error:
            self._unexpected_in_a_row = 0
            return self._bury(record, error)
        except Exception as error:  # noqa: BLE001 - the loop's edge
            self._count_unexpected(record, error)
            return self._bury(record, error)
        self._unexpected_in_a_row = 0
        handled.keep()
        return Settled(record, handled.outputs, handled)

    async def _handle(self, record: SourceRecord) -> Handled:
        try:
            return check_sizes(self._work.handle(record))
        except TransientError as error:
            logger.warning("work_failed_for_now", stage=self._stage, error=str(error))

        async def again() -> Handled:
            return check_sizes(self._work.handle(record))

        return await self._retrier.call("work", again)

    def _count_unexpected(self, record: SourceRecord, error: Exception) -> None:
        self._unexpected_in_a_row += 1
        logger.error(
            "unexpected_failure",
            stage=self._stage,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            traceback="".join(traceback.format_exception(error)),
        )
        if self._unexpected_in_a_row >= self._unexpected_limit:
            raise CopydeskError(
                f"{self._unexpected_in_a_row} records in a row failed for an unforeseen reason", stage=self._stage
            ) from error

    def _bury(self, record: SourceRecord, error: Exception) -> Settled:
        failure = describe_failure(error, self._stage)
        return Settled(record, (build_dead_letter(record, failure),), None, failure)


def check_sizes(handled: Handled) -> Handled:
    """The same, when each output fits its topic. Raises PermanentError with the reason too_large."""
    for output in handled.outputs:
        if (size := measure(output)) > MAX_RECORD_BYTES:
            raise PermanentError(f"an output for {output.topic} takes {size} bytes", reason=Reason.TOO_LARGE)
    return handled


def tell(stage: Stage, settled: Sequence[Settled], metrics: Metrics, now: Callable[[], float]) -> None:
    """Count each article's outcome and write its canonical line; call it when the transaction is committed."""
    for one in settled:
        handled, failure, record = one.handled, one.failure, one.record
        where = {"partition": record.partition, "offset": record.offset}
        if failure is not None:
            metrics.articles.labels(stage, Outcome.DEAD_LETTERED).inc()
            metrics.dead_letters.labels(stage, failure.reason).inc()
            logger.warning(
                "article_dead_lettered",
                stage=stage, topic=record.topic, reason=failure.reason, exception=failure.exception,
                message=failure.message, **where,
            )  # fmt: skip
        if handled is None:
            continue
        metrics.articles.labels(stage, handled.outcome).inc()
        handled.count()
        fresh: dict[str, object] = {}
        if handled.ingested_at is not None:
            freshness = max(0.0, now() - handled.ingested_at.timestamp())
            metrics.freshness.labels(stage).observe(freshness)
            fresh["freshness"] = round(freshness, 3)
        logger.info(f"article_{handled.outcome}", stage=stage, **handled.line, **fresh, **where)
