"""Routing: an enriched event is written to the topic of each matching route, in the route's format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.contracts.decoding import decode_record
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, ROUTE_HEADER, RULES_HEADER, list_replay_headers
from services.contracts.ninjs import NINJS_SCHEMA, NINJS_TYPE, build_ninjs
from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout, routed_topic
from services.outcomes import Outcome
from services.runtime.kafka.records import ConsumedRecord, OutputRecord, RecordHeaders
from services.runtime.lanes.ports import ProcessingResult, StatelessProcessor
from services.sink.metrics import SinkMetrics
from services.sink.omission import leave_text_out
from services.sink.rules import Rules
from services.sink.rules.routes import RouteOptions


class SinkProcessor(StatelessProcessor):
    """The processor of sink: it evaluates the routing rules and has no state."""

    def __init__(
        self, get_rules: Callable[[], Rules], metrics: SinkMetrics, layout: TopicLayout = DEFAULT_LAYOUT
    ) -> None:
        """Read the rules in force with `get_rules` before each transaction, so that a transaction has one version."""
        self._get_rules = get_rules
        self._rules = get_rules()
        self._metrics = metrics
        self._layout = layout

    def begin_transaction(self) -> None:
        """Use the rules that are in force now, until the transaction ends."""
        self._rules = self._get_rules()

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Route one event. Raises PermanentError if the record is not an enriched event."""
        event = decode_record(EnrichedArticle, record.value, record.headers, ENRICHED_TYPE)
        matched = self._rules.match(event)
        routes = self._rules.choose_routes(matched)
        options = {route: self._rules.get_options(route) for route in routes}
        forms = {each: build_form(record, event, each) for each in set(options.values())}
        return ProcessingResult(
            Outcome.ROUTED if matched else Outcome.UNMATCHED,
            outputs=tuple(self._build_output(record, event, route, *forms[options[route]]) for route in routes),
            log_fields={"id": event.id, "verdict": event.duplicate.verdict, "routes": list(routes)},
            ingested_at=None if list_replay_headers(record.headers) else event.article.ingested_at,
            count_metrics=partial(self._count, routes),
        )

    def close(self) -> None:
        """Do nothing: there is no state."""

    def _build_output(
        self, record: ConsumedRecord, event: EnrichedArticle, route: str, headers: RecordHeaders, value: bytes | None
    ) -> OutputRecord:
        """Add the route and the rules' version as headers. The timestamp is the time of writing: retention uses it."""
        key = record.key if record.key is not None else event.id.encode()
        own = ((ROUTE_HEADER, route.encode()), (RULES_HEADER, self._rules.version.encode()))
        return OutputRecord(self._layout.name(routed_topic(route)), key, value, (*headers, *own))

    def _count(self, routes: tuple[str, ...]) -> None:
        for route in routes:
            self._metrics.routed.labels(routed_topic(route)).inc()


def build_form(
    record: ConsumedRecord, event: EnrichedArticle, options: RouteOptions
) -> tuple[RecordHeaders, bytes | None]:
    """Return the headers and the value of an event by the options of a route.

    Without options the value has the bytes of the record. In ninjs, the headers that describe the value differ.
    """
    shown = event if options.has_text else leave_text_out(event)
    if options.form == "ninjs":
        described = {"ce_type": NINJS_TYPE.encode(), "ce_dataschema": NINJS_SCHEMA.encode()}
        headers = tuple((name, described.get(name, given)) for name, given in record.headers)
        return headers, build_ninjs(shown).to_bytes()
    return record.headers, record.value if options.has_text else shown.to_bytes()
