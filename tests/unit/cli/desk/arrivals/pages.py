"""Metrics pages for tests."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import generate_latest

from services.outcomes import Outcome, Stage
from services.runtime.service.metrics import Metrics


def build_page(outcomes: Mapping[tuple[Stage, Outcome], int]) -> str:
    """Build a /metrics page with these counters."""
    metrics = Metrics("test")
    for (stage, outcome), count in outcomes.items():
        metrics.articles.labels(stage, outcome).inc(count)
    return generate_latest(metrics.registry).decode()
