"""Tests of the handling of one record, without a broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Outcome, Reason, Stage
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.lanes.ports import ProcessingResult, StatelessProcessor
from services.runtime.lanes.record_handler import HandledRecord, RecordHandler, report
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier, RetryPolicy
from tests.support.source_records import Record


class ScriptedProcessor(StatelessProcessor):
    """A processor that does what the record's value says, and remembers the values in its state."""

    def __init__(self) -> None:
        self.state: list[bytes | None] = []
        self.counted = 0
        self.failures = 0

    def close(self) -> None:
        """Do nothing."""

    def begin_transaction(self) -> None:
        """Do nothing: nothing changes."""

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Return one output, or fail as the value says."""
        steps: dict[bytes | None, Callable[[], OutputRecord]] = {
            b"raise": self._raise,
            b"permanent": self._raise_permanent,
            b"transient": self._fail_twice,
            b"huge": lambda: OutputRecord("out", b"k", bytes(MAX_RECORD_BYTES)),
        }
        step = steps.get(record.value, lambda: OutputRecord("out", b"k", record.value))
        return ProcessingResult(
            Outcome.ENRICHED,
            (step(),),
            ingested_at=datetime.fromtimestamp(100, UTC),
            update_state=lambda: self.state.append(record.value),
            count_metrics=self._count,
        )

    def _count(self) -> None:
        self.counted += 1

    def _raise(self) -> OutputRecord:
        raise RuntimeError("a bug")

    def _raise_permanent(self) -> OutputRecord:
        raise PermanentError("no", reason=Reason.INVALID_ARTICLE)

    def _fail_twice(self) -> OutputRecord:
        self.failures += 1
        if self.failures < 3:
            raise TransientError("not now")
        return OutputRecord("out", b"k", b"at last")


def build_handler(
    processor: ScriptedProcessor, metrics: Metrics | None = None, *, attempts: int = 6, limit: int = 3
) -> RecordHandler:
    """Build a handler that retries without a delay."""
    policy = RetryPolicy(attempts=attempts, initial_wait=0.001, jitter=0.0)
    retrier = Retrier(Stage.MATCH, metrics or Metrics("test"), policy)
    return RecordHandler(Stage.MATCH, processor, retrier, unexpected_limit=limit)


async def handle(handler: RecordHandler, *values: bytes) -> list[HandledRecord]:
    """Handle records with these values, in order."""
    return [await handler.handle(Record(value)) for value in values]


async def test_processed_record_is_added_to_the_state() -> None:
    """A processed record is added to the state at once, and its metrics are not counted before the commit."""
    processor = ScriptedProcessor()
    [handled] = await handle(build_handler(processor), b"a")
    assert handled.outputs == (OutputRecord("out", b"k", b"a"),)
    assert processor.state == [b"a"] and processor.counted == 0


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"raise", Reason.UNEXPECTED), (b"permanent", Reason.INVALID_ARTICLE), (b"huge", Reason.TOO_LARGE)],
)
async def test_failed_record_becomes_a_dead_letter(value: bytes, reason: Reason) -> None:
    """A failed record becomes a dead letter, changes no state and does not affect other records."""
    processor = ScriptedProcessor()
    before, failed, after = await handle(build_handler(processor), b"a", value, b"b")
    assert failed.failure is not None and failed.failure.reason is reason
    assert failed.outputs[0].topic == "input.dlq" and failed.outputs[0].value == value
    assert before.failure is None and after.failure is None
    assert processor.state == [b"a", b"b"]


async def test_transient_failure_is_retried_and_counted() -> None:
    """A record that fails for a transient reason is retried, and the retries are counted."""
    processor, metrics = ScriptedProcessor(), Metrics("test")
    [handled] = await handle(build_handler(processor, metrics), b"transient")
    assert handled.outputs[0].value == b"at last"
    assert metrics.registry.get_sample_value("copydesk_retries_total", {"stage": "match"}) == 1


async def test_lasting_transient_failure_is_raised() -> None:
    """A transient failure that remains after all retries is raised and makes no dead letter."""
    with pytest.raises(TransientError):
        await handle(build_handler(ScriptedProcessor(), attempts=1), b"transient")


async def test_consecutive_unexpected_failures_stop_the_process() -> None:
    """Only consecutive unexpected failures count: a processed record or a known failure resets the count."""
    handler = build_handler(ScriptedProcessor(), limit=3)
    await handle(handler, b"raise", b"raise", b"a", b"raise", b"raise", b"permanent", b"raise", b"raise")
    with pytest.raises(CopydeskError, match=r"3 records in a row[\s\S]*Traceback"):
        await handle(handler, b"raise")


async def test_failed_state_update_is_raised() -> None:
    """An exception while the state is updated is raised, because the state and the log would differ."""
    processor = ScriptedProcessor()
    processor.state = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        await handle(build_handler(processor), b"a")


async def test_outcomes_are_counted_after_the_commit() -> None:
    """The report counts outcomes, dead letters by reason, the freshness, and the stage's own metrics."""
    processor, metrics = ScriptedProcessor(), Metrics("test")
    handled = await handle(build_handler(processor), b"a", b"permanent")
    report(handled, OutcomeReporter(Stage.MATCH, metrics, clock=lambda: 102.0))
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "enriched"}) == 1
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "dead_lettered"}) == 1
    assert sample("copydesk_dead_letters_total", {"stage": "match", "reason": "invalid_article"}) == 1
    assert sample("copydesk_freshness_seconds_sum", {"stage": "match"}) == 2.0
    assert processor.counted == 1
