"""What came out for the articles that were sent: read from the topics, judged, and told."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from aiokafka import ConsumerRecord
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

from services.contracts.event import EnrichedArticle
from services.contracts.headers import find_header
from services.contracts.topics import DEAD_LETTER_SUFFIX, ENRICHED, ROUTED_PREFIX
from services.outcomes import Outcome, Stage

STAGE_INPUTS = {
    Stage.ANNOTATE: (Stage.INGEST, Outcome.PUBLISHED),
    Stage.MATCH: (Stage.ANNOTATE, Outcome.ANNOTATED),
    Stage.SINK: (Stage.MATCH, Outcome.ENRICHED),
}
"""What each stage takes in: an outcome of the stage before it."""

Outcomes = Mapping[Stage, Mapping[str, int]]


@dataclass(slots=True)
class Desk:
    """Collects the records of a run."""

    events: dict[str, EnrichedArticle] = field(default_factory=dict)
    enriched: Counter[str] = field(default_factory=Counter)
    routed: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Article id to route to how often."""
    dead: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, float] = field(default_factory=dict)
    """Article id to seconds from the raw topic's append to its first sight on a routed topic."""

    def take(self, record: ConsumerRecord) -> None:
        """Take down one record of the enriched topic, a routed topic or a dead-letter topic."""
        article_id = (record.key or find_header(record.headers, "ce_id") or b"").decode(errors="replace")
        if record.topic == ENRICHED:
            self.enriched[article_id] += 1
            self.events[article_id] = EnrichedArticle.model_validate_json(record.value)
        elif record.topic.startswith(ROUTED_PREFIX):
            self._take_routed(record, article_id)
        elif record.topic.endswith(DEAD_LETTER_SUFFIX):
            self.dead[article_id] += 1

    def _take_routed(self, record: ConsumerRecord, article_id: str) -> None:
        self.routed[article_id][record.topic.removeprefix(ROUTED_PREFIX).removesuffix(".v1")] += 1
        if article_id in self.latencies:
            return
        arrived = find_header(record.headers, "ce_time")
        if arrived is not None:
            self.latencies[article_id] = max(0.0, time.time() - datetime.fromisoformat(arrived.decode()).timestamp())

    def has_arrived(self, article_id: str) -> bool:
        """Whether it was seen at the end of its way: as an event and on a route, or among the dead letters.

        Both, since a consumer may read the routed copy before the event that it was made from.
        """
        return (article_id in self.enriched and article_id in self.routed) or article_id in self.dead

    def find_faults(self, ids: Iterable[str]) -> list[str]:
        """For each article that came to other than exactly one outcome: what is wrong with it."""
        faults = []
        for article_id in dict.fromkeys(ids):
            if not self.has_arrived(article_id):
                faults.append(f"{article_id}: neither on a route nor dead-lettered")
            ends = self.enriched[article_id] + self.dead[article_id]
            if ends != 1:
                faults.append(f"{article_id}: {ends} outcomes")
            for route, times in self.routed.get(article_id, {}).items():
                if times != 1:
                    faults.append(f"{article_id}: {times} times on route {route}")
        return faults


def parse_outcomes(pages: Iterable[str]) -> dict[Stage, dict[str, int]]:
    """The outcome counters of some /metrics pages, by stage."""
    outcomes: dict[Stage, dict[str, int]] = {stage: {} for stage in Stage}
    for page in pages:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == "copydesk_articles_total":
                    by_outcome = outcomes[Stage(sample.labels["stage"])]
                    name = sample.labels["outcome"]
                    by_outcome[name] = by_outcome.get(name, 0) + int(sample.value)
    return outcomes


def is_settled(outcomes: Outcomes, sent: int) -> bool:
    """Whether every article sent came to an outcome at every stage that it reached."""
    if sum(outcomes[Stage.INGEST].values()) < sent:
        return False
    return all(
        sum(outcomes[stage].values()) >= outcomes[before].get(outcome, 0)
        for stage, (before, outcome) in STAGE_INPUTS.items()
    )


def build_table(sent: int, outcomes: Outcomes, latencies: Iterable[float]) -> Table:
    """Articles in, outcomes by stage, latency."""
    table = Table(title=f"{sent} articles in", title_justify="left")
    for column in ("stage", "outcome", "articles"):
        table.add_column(column, justify="right" if column == "articles" else "left")
    for stage, by_outcome in outcomes.items():
        for outcome, count in sorted(by_outcome.items()):
            table.add_row(stage, outcome, str(count))
    ordered = sorted(latencies)
    if ordered:
        table.caption = (
            f"raw append to visible on a routed topic: p50 {percentile(ordered, 0.50) * 1000:.0f} ms, "
            f"p99 {percentile(ordered, 0.99) * 1000:.0f} ms"
        )
        table.caption_justify = "left"
    return table


def percentile(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile of ascending values; `share` within 0 to 1."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
