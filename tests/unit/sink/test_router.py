"""Tests of the routing of one record."""

from __future__ import annotations

import hashlib
import json

import pytest

from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE
from services.contracts.ninjs import NINJS_TYPE
from services.errors import CopydeskError, PermanentError
from services.outcomes import Outcome, Reason, Stage
from services.runtime.lanes.record_handler import RecordHandler
from services.runtime.service.retries import Retrier, RetryPolicy
from services.sink.metrics import SinkMetrics
from services.sink.router import SinkProcessor
from services.sink.rules import Route, Rules
from services.sink.rules.conditions.condition import Condition
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_event
from tests.support.source_records import Record

RULES = "version: 1\nroutes: [{name: english, when: {language: en}}]\n"


def build_processor(rules: str = RULES) -> SinkProcessor:
    """Build a processor with routing rules."""
    parsed = parse_rules(rules.encode(), "rules")
    return SinkProcessor(lambda: parsed, SinkMetrics())


def test_event_is_routed_unchanged() -> None:
    """A routed event has the same key, value and headers, and one more header with the route."""
    record = Record(build_event().to_bytes(), headers=(("ce_type", ENRICHED_TYPE.encode()), ("x", None)))
    result = build_processor().process(record)
    [output] = result.outputs
    assert result.outcome is Outcome.ROUTED
    assert (output.topic, output.key, output.value) == ("news.routed.english.v1", record.key, record.value)
    version = hashlib.sha256(RULES.encode()).hexdigest()[:12].encode()
    assert output.headers == (*record.headers, ("x-copydesk-route", b"english"), ("x-copydesk-rules", version))


def test_unmatched_event_without_a_default_route() -> None:
    """Without a default route, an unmatched event has an outcome and no output."""
    result = build_processor().process(Record(build_event(language="de").to_bytes()))
    assert (result.outcome, result.outputs) == (Outcome.UNMATCHED, ())


def test_unmatched_event_with_a_default_route() -> None:
    """With a default route, an unmatched event is written there and counts as unmatched."""
    result = build_processor(f"{RULES}default: rest").process(Record(build_event(language="de").to_bytes()))
    assert result.outcome is Outcome.UNMATCHED
    assert [output.topic for output in result.outputs] == ["news.routed.rest.v1"]


def test_event_without_a_key_gets_its_id_as_key() -> None:
    """An event without a key gets its id as the key, so that it is in the same partition as its article."""
    [output] = build_processor().process(Record(build_event().to_bytes(), key=None)).outputs
    assert output.key == build_event().id.encode()


def test_invalid_event_is_rejected() -> None:
    """A record that is no event is rejected with the reason for the dead letter."""
    with pytest.raises(PermanentError) as caught:
        build_processor().process(Record(b'{"id": "a"}'))
    assert caught.value.reason is Reason.INVALID_ARTICLE


def test_ninjs_route() -> None:
    """On a ninjs route, the value and the headers that describe it are ninjs, and nothing else differs."""
    rules = "version: 1\nroutes: [{name: trade, form: ninjs, when: always}, {name: plain, when: always}]\n"
    record = Record(build_event().to_bytes(), headers=(("ce_type", ENRICHED_TYPE.encode()), ("x", None)))
    ninjs, plain = build_processor(rules).process(record).outputs
    assert plain.value == record.value
    assert ninjs.value is not None
    item = json.loads(ninjs.value)
    assert item["standard"]["version"] == "3.1"
    assert item["uri"].endswith(build_event().id)
    assert ninjs.headers[:3] == (("ce_type", NINJS_TYPE.encode()), ("x", None), ("x-copydesk-route", b"trade"))


@pytest.mark.parametrize("form", ["event", "ninjs"])
def test_a_route_without_the_text(form: str) -> None:
    """A route with `body: false` has the event without its text, and other routes have it unchanged."""
    rules = (
        f"version: 1\nroutes: [{{name: brief, form: {form}, body: false, when: always}}, {{name: all, when: always}}]\n"
    )
    record = Record(build_event().to_bytes())
    brief, whole = build_processor(rules).process(record).outputs
    assert whole.value == record.value
    assert brief.value is not None and b"port of Bergen" not in brief.value
    item = json.loads(brief.value)
    if form == "event":
        assert (item["text_omitted"], item["article"]["body"]) == (True, "")
    else:
        assert item["representationType"] == "partial" and "bodies" not in item


def fail(_: EventView) -> bool:
    """Fail as a bug in a condition would."""
    raise KeyError("a bug")


BROKEN_RULES = Rules(
    (Route("english", Condition("always", lambda _: True)), Route("broken", Condition("always", fail)))
)
BROKEN = SinkProcessor(lambda: BROKEN_RULES, SinkMetrics())


def test_failing_rule_has_its_own_reason() -> None:
    """An exception in a rule's evaluation becomes an error with the reason `routing_failed` that names the route."""
    with pytest.raises(CopydeskError, match="the rule of the route broken failed: KeyError: 'a bug'") as caught:
        BROKEN.process(Record(build_event().to_bytes()))
    assert caught.value.reason is Reason.ROUTING_FAILED
    assert caught.value.stage is Stage.SINK


async def test_failing_rule_makes_a_dead_letter_and_stops_the_service_if_it_repeats() -> None:
    """The event becomes a dead letter with a traceback; after too many in a row the service stops."""
    retrier = Retrier(Stage.SINK, SinkMetrics(), RetryPolicy())
    handler = RecordHandler(Stage.SINK, BROKEN, retrier, unexpected_limit=2)
    record = Record(build_event().to_bytes())
    handled = await handler.handle(record)
    assert handled.failure is not None and handled.failure.reason is Reason.ROUTING_FAILED
    assert "KeyError" in handled.traceback
    assert [output.topic for output in handled.outputs] == ["input.dlq"]
    with pytest.raises(CopydeskError, match="records in a row failed"):
        await handler.handle(record)


def build_retraction(routes: bytes) -> Record:
    """Build the record of a retraction on the enriched topic."""
    headers = (("ce_type", RETRACTED_TYPE.encode()), ("x-copydesk-routes", routes))
    return Record(b'{"id":"a1","reason":"Withdrawn."}', b"a1", headers)


def test_a_retraction_follows_its_article() -> None:
    """A retraction is on each route that its header names, earlier routes included, with the same key and value."""
    existing = ("news.routed.english.v1", "news.routed.old.v1", "news.routed.other.v1")
    rules = parse_rules(RULES.encode(), "rules")
    processor = SinkProcessor(lambda: rules, SinkMetrics(), list_topics=lambda: existing)
    result = processor.process(build_retraction(b"english,old,deleted"))
    assert result.outcome is Outcome.RETRACTED
    assert [output.topic for output in result.outputs] == ["news.routed.english.v1", "news.routed.old.v1"]
    for output, route in zip(result.outputs, (b"english", b"old"), strict=True):
        assert (output.key, output.value) == (b"a1", b'{"id":"a1","reason":"Withdrawn."}')
        assert output.headers == (("ce_type", RETRACTED_TYPE.encode()), ("x-copydesk-route", route))


def test_a_retraction_of_an_article_without_routes_is_written_nowhere() -> None:
    """An article that took no route has no retraction on one."""
    result = build_processor().process(build_retraction(b""))
    assert (result.outcome, result.outputs) == (Outcome.RETRACTED, ())
