"""Routing: an enriched event is written to the topic of each matching route, in the route's format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.contracts.decoding import decode_record
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, ROUTE_HEADER, RULES_HEADER
from services.contracts.ninjs import NINJS_SCHEMA, NINJS_TYPE, build_ninjs
from services.contracts.topics import routed_topic
from services.outcomes import Outcome
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.lanes.ports import ProcessingResult, StatelessProcessor
from services.sink.metrics import SinkMetrics
from services.sink.omission import leave_text_out
from services.sink.rules import Rules


class SinkProcessor(StatelessProcessor):
    """The processor of sink: it evaluates the routing rules and has no state."""

    def __init__(self, get_rules: Callable[[], Rules], metrics: SinkMetrics) -> None:
        """Read the rules in force with `get_rules` before each transaction, so that a transaction has one version."""
        self._get_rules = get_rules
        self._rules = get_rules()
        self._metrics = metrics

    def begin_transaction(self) -> None:
        """Use the rules that are in force now, until the transaction ends."""
        self._rules = self._get_rules()

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Route one event. Raises PermanentError if the record is not an enriched event."""
        event = decode_record(EnrichedArticle, record.value, record.headers, ENRICHED_TYPE)
        matched = self._rules.match(event)
        routes = self._rules.choose_routes(matched)
        return ProcessingResult(
            Outcome.ROUTED if matched else Outcome.UNMATCHED,
            outputs=tuple(build_routed(record, event, route, self._rules) for route in routes),
            log_fields={"id": event.id, "verdict": event.duplicate.verdict, "routes": list(routes)},
            ingested_at=event.article.ingested_at,
            count_metrics=partial(self._count, routes),
        )

    def close(self) -> None:
        """Do nothing: there is no state."""

    def _count(self, routes: tuple[str, ...]) -> None:
        for route in routes:
            self._metrics.routed.labels(routed_topic(route)).inc()


def build_routed(record: ConsumedRecord, event: EnrichedArticle, route: str, rules: Rules) -> OutputRecord:
    """Build the record of an event for a route, in the route's form, with the route and the rules' version as headers.

    A route without options has the same bytes as the input. The headers are the event's; in ninjs, those that describe
    the value differ. The timestamp is the time of writing, because retention counts from it.
    """
    options = rules.get_options(route)
    headers, value = record.headers, record.value
    if not options.has_text:
        event = leave_text_out(event)
        value = event.to_bytes()
    if options.form == "ninjs":
        described = {"ce_type": NINJS_TYPE.encode(), "ce_dataschema": NINJS_SCHEMA.encode()}
        headers = tuple((name, described.get(name, given)) for name, given in headers)
        value = build_ninjs(event).to_bytes()
    return OutputRecord(
        routed_topic(route),
        record.key if record.key is not None else event.id.encode(),
        value,
        (*headers, (ROUTE_HEADER, route.encode()), (RULES_HEADER, rules.version.encode())),
    )
