"""Tests of the intake."""

from __future__ import annotations

from services.errors import PermanentError
from services.ingest.intake import Intake
from services.runtime.service.metrics import Metrics
from tests.support.fake_publisher import FakePublisher


def sample(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, {"stage": "ingest", **labels}) or 0.0


async def test_transient_is_tried_again(intake: Intake, publisher: FakePublisher, metrics: Metrics) -> None:
    """A transient failure is tried again, and each article has one outcome."""
    publisher.failing_calls = 2
    items: list[object] = [{"content": "a"}, {}, {"content": "b"}]
    results = await intake.ingest_with_retries(items, via="test")
    assert [result.error is None for result in results] == [True, False, True]
    assert isinstance(results[1].error, PermanentError)
    assert [item.id for item in publisher.published] == [results[0].id, results[2].id]
    assert sample(metrics, "copydesk_articles_total", outcome="published") == 2
    assert sample(metrics, "copydesk_articles_total", outcome="rejected") == 1
    assert sample(metrics, "copydesk_retries_total") == 2


async def test_nothing_stays_in_flight(intake: Intake, metrics: Metrics) -> None:
    """No article is in flight after its outcome, and the steps are measured."""
    await intake.ingest([{"content": "a"}, {}], via="test")
    assert sample(metrics, "copydesk_in_flight_articles") == 0
    for step in ("normalise", "publish"):
        assert sample(metrics, "copydesk_step_duration_seconds_count", step=step) == 1


async def test_empty_batch_gives_no_results(intake: Intake) -> None:
    """An empty batch gives no results."""
    assert await intake.ingest([], via="test") == []
