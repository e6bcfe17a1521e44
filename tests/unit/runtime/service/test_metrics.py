"""The shared metrics: their values at the start, and the registry that they are in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.outcomes import STAGE_OUTCOMES, Outcome, Reason, Stage
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics, MetricsRegistry
from services.runtime.service.proc import PAGE_BYTES, find_memory_limit, read_resident_bytes


@pytest.mark.parametrize("stage", list(Stage))
def test_counters_begin_at_zero(stage: Stage) -> None:
    """The series of each outcome and dead letter exists before its first event, so that `increase` sees the event."""
    sample = Metrics(stage).registry.get_sample_value
    for outcome in STAGE_OUTCOMES[stage]:
        assert sample("copydesk_articles_total", {"stage": stage, "outcome": outcome}) == 0
    assert sample("copydesk_taken_total", {"stage": stage}) == 0
    for reason in Reason:
        absent_in_ingest = None if stage is Stage.INGEST else 0
        assert sample("copydesk_dead_letters_total", {"stage": stage, "reason": reason}) == absent_in_ingest


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
    assert (sample("duration_seconds_bucket", {"le": "1.0"}), sample("duration_seconds_bucket", {"le": "2.0"})) == (
        0,
        1,
    )


def test_every_outcome_belongs_to_a_stage() -> None:
    """No outcome is left out of the table of stages."""
    assert {outcome for outcomes in STAGE_OUTCOMES.values() for outcome in outcomes} == set(Outcome)


def test_readiness_is_a_metric() -> None:
    """It is 1 when all parts are ready and 0 when one is not."""
    metrics = Metrics(Stage.SINK)
    health = Health(Stage.SINK, metrics, stall_after=60)
    seen = []
    for part, ready in (("consumer", True), ("lanes", False), ("lanes", True)):
        health.set_ready(part, ready)
        seen.append(metrics.registry.get_sample_value("copydesk_ready", {"stage": Stage.SINK}))
    assert seen == [1, 0, 1]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], None),
        (["max"], None),
        (["268435456"], 268_435_456),
        (["max", "9223372036854771712"], None),
        (["536870912", "268435456"], 268_435_456),
    ],
)
def test_memory_limit(tmp_path: Path, texts: list[str], expected: int | None) -> None:
    """The smallest of the control group's limits; without one, or with one that is none, the machine's memory."""
    files = [tmp_path / str(number) for number, _ in enumerate(texts)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(f"{text}\n")
    machine = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES
    assert find_memory_limit((tmp_path / "absent", *files)) == (expected or machine)


def test_resident_memory(tmp_path: Path) -> None:
    """The second field of statm in pages; 0 for a process that has gone."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "statm").write_text("9000 3 1 1 0 1 0\n")
    assert read_resident_bytes(7, tmp_path) == 3 * PAGE_BYTES
    assert read_resident_bytes(8, tmp_path) == 0
