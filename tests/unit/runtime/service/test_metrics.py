"""Tests of the shared metrics and of the registry that makes them."""

from __future__ import annotations

import pytest

from services.outcomes import STAGE_OUTCOMES, Outcome, Reason, Stage
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics, MetricsRegistry


@pytest.mark.parametrize("stage", list(Stage))
def test_counters_begin_at_zero(stage: Stage) -> None:
    """The series of each outcome and dead letter exists before its first event, so that `increase` sees the event."""
    sample = Metrics(stage).registry.get_sample_value
    for outcome in STAGE_OUTCOMES[stage]:
        assert sample("copydesk_articles_total", {"stage": stage, "outcome": outcome}) == 0
    assert sample("copydesk_taken_total", {"stage": stage}) == 0
    for reason in Reason:
        without_letters = 0 if Outcome.DEAD_LETTERED in STAGE_OUTCOMES[stage] else None
        assert sample("copydesk_dead_letters_total", {"stage": stage, "reason": reason}) == without_letters


def test_registry_lists_what_it_made() -> None:
    """A metric made by the registry is exported from it and listed, in the order of definition."""
    registry = MetricsRegistry()
    articles = registry.counter("articles_total", "Articles.", "stage")
    size = registry.gauge("size_bytes", "Size.")
    duration = registry.histogram("duration_seconds", "Duration.", buckets=(1.0, 2.0))
    articles.labels("match").inc()
    duration.observe(1.5)
    assert registry.families == [articles, size, duration]
    sample = registry.get_sample_value
    assert (sample("articles_total", {"stage": "match"}), sample("size_bytes")) == (1, 0)
    assert [sample("duration_seconds_bucket", {"le": bound}) for bound in ("1.0", "2.0")] == [0, 1]


def test_a_counter_may_be_read_from_elsewhere() -> None:
    """An update runs before each collection, so that a scrape has the newest value."""
    registry = MetricsRegistry()
    counter = registry.counter("seconds_total", "Seconds.")
    registry.before_collection(lambda: counter.inc(2))
    assert [registry.get_sample_value("seconds_total") for _ in range(2)] == [2, 4]


def test_every_outcome_belongs_to_a_stage() -> None:
    """The table of stages has every outcome."""
    assert {outcome for outcomes in STAGE_OUTCOMES.values() for outcome in outcomes} == set(Outcome)


def test_readiness_is_a_metric() -> None:
    """The metric is 1 while all parts are ready, and 0 while one is not."""
    metrics = Metrics(Stage.SINK)
    health = Health(Stage.SINK, metrics, stall_after=60)
    seen = []
    for part, ready in (("consumer", True), ("lanes", False), ("lanes", True)):
        health.set_ready(part, ready)
        seen.append(metrics.registry.get_sample_value("copydesk_ready", {"stage": Stage.SINK}))
    assert seen == [1, 0, 1]


def test_the_deployment_is_a_label_of_every_metric() -> None:
    """With a deployment, each sample has its name as a label and else the same labels and values; without, none has."""
    metrics = Metrics(Stage.SINK)
    plain = {
        (sample.name, frozenset(sample.labels.items())) for one in metrics.registry.collect() for sample in one.samples
    }
    metrics.registry.deployment = "eu"
    labelled = [sample for one in metrics.registry.collect() for sample in one.samples]
    assert {sample.labels.get("deployment") for sample in labelled} == {"eu"}
    rest = {(sample.name, frozenset({*sample.labels.items()} - {("deployment", "eu")})) for sample in labelled}
    assert rest == plain
