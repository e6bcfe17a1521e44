"""Tests of the report of an article's outcome."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from services.contracts.headers import Failure
from services.outcomes import Outcome, Reason, Stage
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter


@dataclass
class Position:
    """A place in Kafka."""

    topic: str = "input"
    partition: int = 2
    offset: int = 7


@pytest.fixture
def metrics() -> Metrics:
    """The metrics of a stage."""
    return Metrics(Stage.MATCH)


@pytest.fixture
def reporter(metrics: Metrics) -> OutcomeReporter:
    """A reporter whose clock shows 102 seconds since the epoch."""
    return OutcomeReporter(Stage.MATCH, metrics, clock=lambda: 102.0)


def test_an_outcome_is_counted_and_logged(metrics: Metrics, reporter: OutcomeReporter) -> None:
    """An outcome is one count, one freshness and one line with the stage, its fields and the record's position."""
    with capture_logs() as lines:
        reporter.report(Outcome.ENRICHED, {"id": "a"}, record=Position(), appended_at=100.5)
    assert lines == [
        {
            "event": "article_enriched", "log_level": "info", "stage": Stage.MATCH, "id": "a", "freshness": 1.5,
            "partition": 2, "offset": 7,
        }
    ]  # fmt: skip
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "enriched"}) == 1
    assert sample("copydesk_freshness_seconds_sum", {"stage": "match"}) == 1.5


def test_an_outcome_without_a_record_has_no_position(reporter: OutcomeReporter) -> None:
    """A stage that reads no Kafka, such as ingest, logs neither position nor freshness."""
    with capture_logs() as lines:
        reporter.report(Outcome.REPEATED, {"id": "a"})
    assert lines == [{"event": "article_repeated", "log_level": "info", "stage": Stage.MATCH, "id": "a"}]


@pytest.mark.parametrize(("traceback", "level"), [("", "warning"), ("Traceback: a bug", "error")])
def test_a_dead_letter_is_counted_and_logged(
    metrics: Metrics, reporter: OutcomeReporter, traceback: str, level: str
) -> None:
    """A dead letter counts as an outcome and by reason; a traceback raises its level to error."""
    failure = Failure(Reason.UNEXPECTED, Stage.MATCH, "ValueError", "no", attempt=2)
    with capture_logs() as lines:
        reporter.report_dead_letter(failure, Position(), traceback=traceback)
    [line] = lines
    assert (line["event"], line["log_level"]) == ("article_dead_lettered", level)
    assert (line["reason"], line["exception"], line["error"], line["attempt"]) == ("unexpected", "ValueError", "no", 2)
    assert (line["topic"], line["partition"], line["offset"]) == ("input", 2, 7)
    assert line.get("traceback", "") == traceback
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_articles_total", {"stage": "match", "outcome": "dead_lettered"}) == 1
    assert sample("copydesk_dead_letters_total", {"stage": "match", "reason": "unexpected"}) == 1


def test_a_stage_without_freshness_exposes_none() -> None:
    """A reporter of ingest adds no series of freshness."""
    metrics = Metrics(Stage.INGEST)
    OutcomeReporter(Stage.INGEST, metrics).report(Outcome.PUBLISHED, {})
    assert metrics.registry.get_sample_value("copydesk_freshness_seconds_count", {"stage": "ingest"}) is None
