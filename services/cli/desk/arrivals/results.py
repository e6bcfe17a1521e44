"""Results of a run: what the topics have for the articles that were sent."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import ConsumerRecord

from services.contracts.event import EnrichedArticle
from services.contracts.headers import RETRACTED_TYPE, REVISION_HEADER, find_header, has_type
from services.contracts.topics import DEAD_LETTER_SUFFIX, DEFAULT_LAYOUT, ENRICHED, ROUTED_PREFIX, TopicLayout
from services.sink.rules import Rules


@dataclass(slots=True)
class RunResults:
    """The records that a run produced, by article id."""

    events: dict[str, EnrichedArticle] = field(default_factory=dict)
    enriched: Counter[str] = field(default_factory=Counter)
    """For each article id, the number of enriched events."""
    routed: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """For each article id and route, the number of routed events."""
    dead: Counter[str] = field(default_factory=Counter)
    """For each article id, the number of dead letters."""
    rules: Rules | None = None
    """The routing rules; None if they are unknown."""
    first_offsets: Mapping[int, int] = field(default_factory=dict)
    """For each partition of the enriched topic, the offset at which the run begins."""
    layout: TopicLayout = DEFAULT_LAYOUT
    """Names of the topics."""
    earlier: set[str] = field(default_factory=set)
    """Ids of articles that have an event from before the run, and none from the run."""
    latencies: dict[str, float] = field(default_factory=dict)
    """For each article id, the seconds from its append to the raw topic until it was first seen on a routed topic."""

    def add(self, record: ConsumerRecord) -> None:
        """Add one record of the enriched topic, a routed topic or a dead-letter topic.

        A revision replaces the earlier event of its article and is not a second outcome. A retraction is none.
        """
        if has_type(record.headers, RETRACTED_TYPE):
            return
        article_id = (record.key or find_header(record.headers, "ce_id") or b"").decode(errors="replace")
        is_revision = find_header(record.headers, REVISION_HEADER) is not None
        topic = self.layout.strip(record.topic)
        if topic == ENRICHED:
            _count(self.enriched, article_id, is_revision=is_revision)
            self.events[article_id] = EnrichedArticle.model_validate_json(record.value)
            if record.offset < self.first_offsets.get(record.partition, 0):
                self.earlier.add(article_id)
            else:
                self.earlier.discard(article_id)
        elif topic.startswith(ROUTED_PREFIX):
            self._add_routed(record, article_id, self.layout.find_route(record.topic), is_revision=is_revision)
        elif topic.endswith(DEAD_LETTER_SUFFIX):
            self.dead[article_id] += 1

    def _add_routed(self, record: ConsumerRecord, article_id: str, route: str, *, is_revision: bool) -> None:
        _count(self.routed[article_id], route, is_revision=is_revision)
        if article_id in self.latencies:
            return
        arrived = find_header(record.headers, "ce_time")
        if arrived is not None:
            self.latencies[article_id] = max(0.0, time.time() - datetime.fromisoformat(arrived.decode()).timestamp())

    def has_arrived(self, article_id: str) -> bool:
        """Return whether the article was seen both as an event and on a route, or among the dead letters.

        Both are required because a consumer may read the routed copy before the event itself. If the rules are known,
        an event to which they give no route, and an event from before the run, need not be on one.
        """
        if article_id in self.dead:
            return True
        event = self.events.get(article_id)
        if event is None or article_id in self.routed:
            return event is not None
        return self.rules is not None and (article_id in self.earlier or not _choose_routes(self.rules, event))

    def find_missing_routes(self, article_id: str) -> list[str]:
        """Return the routes that the rules give an article's event and on which it was not seen; [] without rules."""
        event = self.events.get(article_id)
        if event is None or self.rules is None:
            return []
        return sorted({*_choose_routes(self.rules, event)} - self.routed.get(article_id, Counter()).keys())

    def find_faults(self, ids: Iterable[str]) -> list[str]:
        """Return one line for each fault: an article without exactly one outcome, or a repeated routed event."""
        faults = []
        for article_id in dict.fromkeys(ids):
            if not self.has_arrived(article_id):
                faults.append(f"{article_id}: neither on a route nor dead-lettered")
            count = self.enriched[article_id] + self.dead[article_id]
            if count != 1:
                faults.append(f"{article_id}: {count} outcomes")
            for route, times in self.routed.get(article_id, {}).items():
                if times != 1:
                    faults.append(f"{article_id}: {times} times on route {route}")
        return faults


def _choose_routes(rules: Rules, event: EnrichedArticle) -> tuple[str, ...]:
    return rules.choose_routes(rules.match(event))


def _count(counter: Counter[str], key: str, *, is_revision: bool) -> None:
    """Count an event, but not a revision of one that was counted."""
    if not (is_revision and counter[key]):
        counter[key] += 1
