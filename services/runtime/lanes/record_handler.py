"""Handling of one record: the outputs of the stage's processor, or a dead letter. It needs no broker."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from services.contracts.headers import Failure
from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Reason, Stage
from services.runtime.kafka.records import (
    ConsumedRecord,
    OutputRecord,
    build_dead_letter,
    describe_failure,
    measure_record,
)
from services.runtime.lanes.ports import PartitionProcessor, ProcessingResult
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HandledRecord:
    """A record and its outcome, to be reported when the transaction is committed."""

    record: ConsumedRecord
    outputs: tuple[OutputRecord, ...]
    result: ProcessingResult | None
    """Result of the processor; None for a dead letter."""
    failure: Failure | None = None
    """Reason of a dead letter; None for a record that was processed."""
    traceback: str = ""
    """Traceback of an unexpected exception; empty for a record that was processed, and for a PermanentError."""


class RecordHandler:
    """Handler of single records. A record that fails becomes a dead letter and does not affect the others."""

    def __init__(self, stage: Stage, processor: PartitionProcessor, retrier: Retrier, *, unexpected_limit: int) -> None:
        self._stage = stage
        self._processor = processor
        self._retrier = retrier
        self._unexpected_limit = unexpected_limit
        self._unexpected_in_a_row = 0

    async def handle(self, record: ConsumedRecord) -> HandledRecord:
        """Process one record and add it to the state, or build its dead letter.

        Raises TransientError if the last retry failed, and CopydeskError if too many consecutive records failed for an
        unexpected reason. The process must then stop without committing; so it must after any exception of
        `update_state`.
        """
        try:
            result = await self._process(record)
        except TransientError:
            raise
        except PermanentError as error:
            self._unexpected_in_a_row = 0
            return self._build_dead_letter(record, error)
        except Exception as error:  # noqa: BLE001 - the loop's edge
            text = "".join(traceback.format_exception(error))
            self._count_unexpected(record, error, text)
            return self._build_dead_letter(record, error, text)
        self._unexpected_in_a_row = 0
        result.update_state()
        return HandledRecord(record, result.outputs, result)

    async def _process(self, record: ConsumedRecord) -> ProcessingResult:
        try:
            return check_sizes(self._processor.process(record))
        except TransientError as error:
            logger.warning(
                "processing_failed",
                stage=self._stage, topic=record.topic, partition=record.partition, offset=record.offset,
                error=str(error),
            )  # fmt: skip

        async def retry() -> ProcessingResult:
            return check_sizes(self._processor.process(record))

        return await self._retrier.call("work", retry)

    def _count_unexpected(self, record: ConsumedRecord, error: Exception, text: str) -> None:
        self._unexpected_in_a_row += 1
        if self._unexpected_in_a_row >= self._unexpected_limit:
            raise CopydeskError(
                f"{self._unexpected_in_a_row} records in a row failed for an unexpected reason, the last one at offset "
                f"{record.offset} of {record.topic}-{record.partition}: {text}",
                stage=self._stage,
            ) from error

    def _build_dead_letter(self, record: ConsumedRecord, error: Exception, text: str = "") -> HandledRecord:
        failure = describe_failure(error, self._stage)
        return HandledRecord(record, (build_dead_letter(record, failure),), None, failure, text)


def check_sizes(result: ProcessingResult) -> ProcessingResult:
    """Return the result unchanged. Raises PermanentError (too_large) if an output does not fit its topic."""
    for output in result.outputs:
        if (size := measure_record(output)) > MAX_RECORD_BYTES:
            raise PermanentError(
                f"an output for {output.topic} has {size} bytes, and the limit is {MAX_RECORD_BYTES}",
                reason=Reason.TOO_LARGE,
            )
    return result


def report(handled: Sequence[HandledRecord], reporter: OutcomeReporter) -> None:
    """Report each record's outcome. Call it when the transaction is committed."""
    for one in handled:
        if one.failure is not None:
            reporter.report_dead_letter(one.failure, one.record, traceback=one.traceback)
        if one.result is not None:
            ingested_at = one.result.ingested_at
            one.result.count_metrics()
            reporter.report(
                one.result.outcome,
                one.result.log_fields,
                record=one.record,
                appended_at=ingested_at.timestamp() if ingested_at is not None else None,
            )
