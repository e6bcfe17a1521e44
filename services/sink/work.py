"""The work of sink: an enriched event in, the same bytes out on the topic of each route that takes it."""

from __future__ import annotations

from functools import partial

from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE
from services.contracts.topics import routed_topic
from services.outcomes import Outcome
from services.runtime.dead_letters import Output, SourceRecord
from services.runtime.decoding import decode
from services.runtime.metrics import Metrics
from services.runtime.work import Handled, Stateless
from services.sink.rules import Rules

ROUTE_HEADER = "x-copydesk-route"


class SinkWork(Stateless):
    """Evaluates the rules; has no state."""

    def __init__(self, rules: Rules, metrics: Metrics) -> None:
        self._rules = rules
        self._metrics = metrics

    def handle(self, record: SourceRecord) -> Handled:
        """Route one event. Raises PermanentError for a record that is none."""
        event = decode(EnrichedArticle, record, ENRICHED_TYPE)
        matched = self._rules.match(event)
        routes = matched or ((self._rules.default,) if self._rules.default is not None else ())
        return Handled(
            Outcome.ROUTED if matched else Outcome.UNMATCHED,
            outputs=tuple(build_routed(record, event.id, route) for route in routes),
            line={"id": event.id, "verdict": event.duplicate.verdict, "routes": list(routes)},
            ingested_at=event.article.ingested_at,
            count=partial(self._count, routes),
        )

    def close(self) -> None:
        """There is nothing to forget."""

    def _count(self, routes: tuple[str, ...]) -> None:
        for route in routes:
            self._metrics.routed.labels(routed_topic(route)).inc()


def build_routed(record: SourceRecord, article_id: str, route: str) -> Output:
    """The event as it came, bytes and headers, with the route's name added. Its timestamp is that of writing: retention
    counts from there."""
    key = record.key if record.key is not None else article_id.encode()
    headers = (*record.headers, (ROUTE_HEADER, route.encode()))
    return Output(routed_topic(route), key, record.value, headers)
