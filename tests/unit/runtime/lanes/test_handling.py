"""One record's way to its outcome, without a broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, PermanentError, TransientError
from services.outcomes import Outcome, Reason, Stage
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.lanes.handling import HandledRecord, RecordHandler, report
from services.runtime.lanes.ports import ProcessingResult, StatelessProcessor
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier, RetryPolicy
from tests.support.source_records import Record


class Script(StatelessProcessor):
    """Work that does what each record's value names, and remembers what it kept."""

    def __init__(self) -> None:
        self.kept: list[bytes | None] = []
        self.counted = 0
        self.failures = 0

    def close(self) -> None: ...

    def process(self, record: SourceRecord) -> ProcessingResult:
        steps: dict[bytes | None, Callable[[], Output]] = {
            b"raise": self._raise,
            b"permanent": self._refuse,
            b"transient": self._fail_twice,
            b"huge": lambda: Output("out", b"k", bytes(MAX_RECORD_BYTES)),
        }
        step = steps.get(record.value, lambda: Output("out", b"k", record.value))
        return ProcessingResult(
            Outcome.ENRICHED,
            (step(),),
            ingested_at=datetime.fromtimestamp(100, UTC),
            update_state=lambda: self.kept.append(record.value),
            count_metrics=self._count,
        )

    def _count(self) -> None:
        self.counted += 1

    def _raise(self) -> Output:
        raise RuntimeError("a bug")

    def _refuse(self) -> Output:
        raise PermanentError("no", reason=Reason.INVALID_ARTICLE)

    def _fail_twice(self) -> Output:
        self.failures += 1
        if self.failures < 3:
            raise TransientError("not now")
        return Output("out", b"k", b"at last")


def build_handler(work: Script, metrics: Metrics | None = None, *, attempts: int = 6, limit: int = 3) -> RecordHandler:
    policy = RetryPolicy(attempts=attempts, initial_wait=0.001, jitter=0.0)
    retrier = Retrier(Stage.MATCH, metrics or Metrics("test"), policy)
    return RecordHandler(Stage.MATCH, work, retrier, unexpected_limit=limit)


async def settle(handler: RecordHandler, *values: bytes) -> list[HandledRecord]:
    return [await handler.handle(Record(value)) for value in values]


async def test_a_good_record_is_kept_and_its_outputs_go_on() -> None:
    """The state knows a record as soon as its outputs are settled, before the next one is handled."""
    work = Script()
    [settled] = await settle(build_handler(work), b"a")
    assert settled.outputs == (Output("out", b"k", b"a"),)
    assert work.kept == [b"a"] and work.counted == 0


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"raise", Reason.UNEXPECTED), (b"permanent", Reason.INVALID_ARTICLE), (b"huge", Reason.TOO_LARGE)],
)
async def test_what_fails_is_a_dead_letter_and_is_not_kept(value: bytes, reason: Reason) -> None:
    """A failed record changes no state; its neighbours are handled as if it were not there."""
    work = Script()
    before, failed, after = await settle(build_handler(work), b"a", value, b"b")
    assert failed.failure is not None and failed.failure.reason is reason
    assert failed.outputs[0].topic == "input.dlq" and failed.outputs[0].value == value
    assert before.failure is None and after.failure is None
    assert work.kept == [b"a", b"b"]


async def test_a_transient_failure_is_tried_again_and_counted() -> None:
    """Work that fails for now is repeated in place."""
    work, metrics = Script(), Metrics("test")
    [settled] = await settle(build_handler(work, metrics), b"transient")
    assert settled.outputs[0].value == b"at last"
    assert metrics.registry.get_sample_value("copydesk_retries_total", {"stage": "match"}) == 1


async def test_a_transient_failure_that_stays_is_let_through() -> None:
    """It is no dead letter: the process must stop and read the record again."""
    with pytest.raises(TransientError):
        await settle(build_handler(Script(), attempts=1), b"transient")


async def test_several_unforeseen_failures_in_a_row_stop_the_process() -> None:
    """The limit counts failures in a row: a good record, or one refused with a reason, starts anew."""
    handler = build_handler(Script(), limit=3)
    await settle(handler, b"raise", b"raise", b"a", b"raise", b"raise", b"permanent", b"raise", b"raise")
    with pytest.raises(CopydeskError, match=r"3 records in a row[\s\S]*Traceback"):
        await settle(handler, b"raise")


async def test_an_exception_while_keeping_is_not_swallowed() -> None:
    """State and log would part: no dead letter hides that."""
    work = Script()
    work.kept = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        await settle(build_handler(work), b"a")


async def test_each_outcome_is_counted_once_the_transaction_is_committed() -> None:
    """Outcomes, dead letters by reason, freshness, and what the work counts itself."""
    work, metrics = Script(), Metrics("test")
    settled = await settle(build_handler(work), b"a", b"permanent")
    report(settled, OutcomeReporter(Stage.MATCH, metrics, clock=lambda: 102.0))
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "enriched"}) == 1
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "dead_lettered"}) == 1
    assert sample("copydesk_dead_letters_total", {"stage": "match", "reason": "invalid_article"}) == 1
    assert sample("copydesk_freshness_seconds_sum", {"stage": "match"}) == 2.0
    assert work.counted == 1
