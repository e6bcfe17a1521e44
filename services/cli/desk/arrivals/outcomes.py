"""Outcomes of a run, from the metrics pages of the services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import TracebackType
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

from services.contracts.text.quantities import count_articles
from services.outcomes import Outcome, Stage

STAGE_INPUTS = {
    Stage.ANNOTATE: (Stage.INGEST, Outcome.PUBLISHED),
    Stage.MATCH: (Stage.ANNOTATE, Outcome.ANNOTATED),
    Stage.SINK: (Stage.MATCH, Outcome.ENRICHED),
}
"""For each stage, the stage before it and the outcome there that sends an article on."""
TAIL_SAMPLE = 100
"""Least number of articles for which the 99th percentile is shown: with fewer, it is only the slowest one."""

OutcomeCounts = Mapping[Stage, Mapping[str, int]]
"""Number of articles by stage and outcome."""


class OutcomeReader:
    """Reader of the outcome counters on the services' metrics pages."""

    def __init__(self, pages: Sequence[str]) -> None:
        self._pages = pages
        self._client = httpx.AsyncClient(timeout=10.0)

    async def __aenter__(self) -> Self:
        """Return the reader."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def read(self) -> OutcomeCounts:
        """Return the sum of the counters of all services that answer."""
        return parse_outcomes([await self._read_page(page) for page in self._pages])

    async def _read_page(self, page: str) -> str:
        try:
            return (await self._client.get(f"{page}/metrics")).text
        except httpx.HTTPError:
            return ""


def parse_outcomes(pages: Iterable[str]) -> dict[Stage, dict[str, int]]:
    """Return the sum of the outcome counters on some /metrics pages, by stage and outcome."""
    outcomes: dict[Stage, dict[str, int]] = {stage: {} for stage in Stage}
    for page in pages:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == "copydesk_articles_total":
                    by_outcome = outcomes[Stage(sample.labels["stage"])]
                    name = sample.labels["outcome"]
                    by_outcome[name] = by_outcome.get(name, 0) + int(sample.value)
    return outcomes


def subtract(outcomes: OutcomeCounts, before: OutcomeCounts) -> OutcomeCounts:
    """Return the outcomes since an earlier reading."""
    return {
        stage: {name: count - before.get(stage, {}).get(name, 0) for name, count in by_outcome.items()}
        for stage, by_outcome in outcomes.items()
    }


def is_complete(outcomes: OutcomeCounts, sent: int) -> bool:
    """Return whether every article that was sent has an outcome at every stage that it reached."""
    if sum(outcomes[Stage.INGEST].values()) < sent:
        return False
    return all(
        sum(outcomes[stage].values()) >= outcomes[before].get(outcome, 0)
        for stage, (before, outcome) in STAGE_INPUTS.items()
    )


def build_outcome_table(sent: int, outcomes: OutcomeCounts) -> Table:
    """Return a table of the articles by stage and outcome."""
    table = Table(title=f"{count_articles(sent)} in", title_justify="left")
    for column in ("stage", "outcome", "articles"):
        table.add_column(column, justify="right" if column == "articles" else "left")
    for stage, by_outcome in outcomes.items():
        for outcome, count in sorted(by_outcome.items()):
            if count:
                table.add_row(stage, outcome, str(count))
    return table


def describe_latencies(latencies: Iterable[float]) -> str:
    """Return the percentiles of latencies in seconds, in words. The p99 of few articles is left out."""
    ordered = sorted(latencies)
    if not ordered:
        return "no article reached a route"
    words = f"from the raw topic to a route: p50 {percentile(ordered, 0.50) * 1000:.0f} ms"
    return words if len(ordered) < TAIL_SAMPLE else f"{words}, p99 {percentile(ordered, 0.99) * 1000:.0f} ms"


def percentile(ordered: list[float], share: float) -> float:
    """Return the nearest-rank percentile of values in ascending order; `share` is from 0 to 1."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
