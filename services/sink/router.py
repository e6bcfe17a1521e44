"""Routing: an enriched event is written to the topic of each matching route, in the route's format."""

from __future__ import annotations

from functools import partial

from services.contracts.decoding import decode_record
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE
from services.contracts.ninjs import NINJS_SCHEMA, NINJS_TYPE, build_ninjs
from services.contracts.topics import routed_topic
from services.outcomes import Outcome
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.lanes.ports import ProcessingResult, StatelessProcessor
from services.sink.metrics import SinkMetrics
from services.sink.rules import Rules

ROUTE_HEADER = "x-copydesk-route"


class SinkProcessor(StatelessProcessor):
    """The processor of sink: it evaluates the routing rules and has no state."""

    def __init__(self, rules: Rules, metrics: SinkMetrics) -> None:
        self._rules = rules
        self._metrics = metrics

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Route one event. Raises PermanentError if the record is not an enriched event."""
        event = decode_record(EnrichedArticle, record.value, record.headers, ENRICHED_TYPE)
        matched = self._rules.match(event)
        routes = self._rules.choose_routes(matched)
        return ProcessingResult(
            Outcome.ROUTED if matched else Outcome.UNMATCHED,
            outputs=tuple(self._build(record, event, route) for route in routes),
            log_fields={"id": event.id, "verdict": event.duplicate.verdict, "routes": list(routes)},
            ingested_at=event.article.ingested_at,
            count_metrics=partial(self._count, routes),
        )

    def _build(self, record: ConsumedRecord, event: EnrichedArticle, route: str) -> OutputRecord:
        if self._rules.get_form(route) == "ninjs":
            return build_routed_ninjs(record, event, route)
        return build_routed(record, event.id, route)

    def close(self) -> None:
        """Do nothing: there is no state."""

    def _count(self, routes: tuple[str, ...]) -> None:
        for route in routes:
            self._metrics.routed.labels(routed_topic(route)).inc()


def build_routed(record: ConsumedRecord, article_id: str, route: str) -> OutputRecord:
    """Build the record of an event: unchanged value and headers, and one more header with the route's name.

    Its timestamp is the time of writing, because retention counts from it.
    """
    return OutputRecord(
        routed_topic(route),
        _choose_key(record, article_id),
        record.value,
        (*record.headers, _build_route_header(route)),
    )


def build_routed_ninjs(record: ConsumedRecord, event: EnrichedArticle, route: str) -> OutputRecord:
    """Build the record of an event in ninjs. Its headers are the event's, except those that describe the value."""
    described = {"ce_type": NINJS_TYPE.encode(), "ce_dataschema": NINJS_SCHEMA.encode()}
    headers = tuple((name, described.get(name, value)) for name, value in record.headers)
    return OutputRecord(
        routed_topic(route),
        _choose_key(record, event.id),
        build_ninjs(event).to_bytes(),
        (*headers, _build_route_header(route)),
    )


def _choose_key(record: ConsumedRecord, article_id: str) -> bytes:
    return record.key if record.key is not None else article_id.encode()


def _build_route_header(route: str) -> tuple[str, bytes]:
    return (ROUTE_HEADER, route.encode())
