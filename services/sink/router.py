"""Routing: an enriched event is written to the topic of each matching route, in the route's format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from services.contracts.decoding import decode_record
from services.contracts.event import EnrichedArticle
from services.contracts.headers import (
    ENRICHED_TYPE,
    RETRACTED_TYPE,
    ROUTE_HEADER,
    ROUTES_HEADER,
    RULES_HEADER,
    find_header,
    has_type,
    is_replayed,
)
from services.contracts.ninjs import NINJS_SCHEMA, NINJS_TYPE, build_ninjs
from services.contracts.retraction import Retraction
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
        self,
        get_rules: Callable[[], Rules],
        metrics: SinkMetrics,
        layout: TopicLayout = DEFAULT_LAYOUT,
        list_topics: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        """Read the rules in force with `get_rules` before each transaction, so that a transaction has one version.

        `list_topics` lists the topics to which a retraction may be written; without it, those of the rules.
        """
        self._get_rules = get_rules
        self._rules = get_rules()
        self._metrics = metrics
        self._layout = layout
        self._list_topics = list_topics or (lambda: [layout.name(routed_topic(name)) for name in self._rules.names])

    def begin_transaction(self) -> None:
        """Use the rules that are in force now, until the transaction ends."""
        self._rules = self._get_rules()

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Route one event. Raises PermanentError if the record is not an enriched event."""
        if has_type(record.headers, RETRACTED_TYPE):
            return self._retract(record)
        event = decode_record(EnrichedArticle, record.value, record.headers, ENRICHED_TYPE)
        matched = self._rules.match(event)
        routes = self._rules.choose_routes(matched)
        options = {route: self._rules.get_options(route) for route in routes}
        forms = {each: build_form(record, event, each) for each in set(options.values())}
        rules = (RULES_HEADER, self._rules.version.encode())
        return ProcessingResult(
            Outcome.ROUTED if matched else Outcome.UNMATCHED,
            outputs=tuple(
                self._build_output(record, event.id, route, *forms[options[route]], rules) for route in routes
            ),
            log_fields={"id": event.id, "verdict": event.duplicate.verdict, "routes": list(routes)},
            ingested_at=None if is_replayed(record.headers) else event.article.ingested_at,
            count_metrics=partial(self._count, routes),
        )

    def _retract(self, record: ConsumedRecord) -> ProcessingResult:
        """Repeat a retraction on each route of its article. The rules of today do not matter."""
        retraction = decode_record(Retraction, record.value, record.headers, RETRACTED_TYPE)
        named = (find_header(record.headers, ROUTES_HEADER) or b"").decode(errors="replace").split(",")
        existing = set(self._list_topics())
        routes = [route for route in named if route and self._layout.name(routed_topic(route)) in existing]
        headers = tuple(header for header in record.headers if header[0] != ROUTES_HEADER)
        return ProcessingResult(
            Outcome.RETRACTED,
            outputs=tuple(self._build_output(record, retraction.id, route, headers, record.value) for route in routes),
            log_fields={"id": retraction.id, "routes": routes},
        )

    def close(self) -> None:
        """Do nothing: there is no state."""

    def _build_output(
        self,
        record: ConsumedRecord,
        article_id: str,
        route: str,
        headers: RecordHeaders,
        value: bytes | None,
        *added: tuple[str, bytes],
    ) -> OutputRecord:
        """Build the record for a route's topic, with the route as a header, which precedes the `added` ones.

        The timestamp is the time of writing: retention uses it.
        """
        key = record.key if record.key is not None else article_id.encode()
        named = (*headers, (ROUTE_HEADER, route.encode()), *added)
        return OutputRecord(self._layout.name(routed_topic(route)), key, value, named)

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
