"""What sink makes of one record."""

from __future__ import annotations

import json

import pytest

from services.contracts.headers import ENRICHED_TYPE
from services.contracts.ninjs import NINJS_TYPE
from services.errors import PermanentError
from services.outcomes import Outcome, Reason
from services.sink.metrics import SinkMetrics
from services.sink.router import SinkProcessor
from services.sink.rules.reading import parse_rules
from tests.support.events import build_event
from tests.support.source_records import Record

RULES = "version: 1\nroutes: [{name: english, when: {language: en}}]\n"


def build_work(rules: str = RULES) -> SinkProcessor:
    return SinkProcessor(parse_rules(rules.encode(), "rules"), SinkMetrics())


def test_the_event_goes_on_unchanged_with_its_route() -> None:
    """Same key, same bytes, same headers and one more."""
    record = Record(build_event().to_bytes(), headers=(("ce_type", ENRICHED_TYPE.encode()), ("x", None)))
    handled = build_work().process(record)
    [output] = handled.outputs
    assert handled.outcome is Outcome.ROUTED
    assert (output.topic, output.key, output.value) == ("news.routed.english.v1", record.key, record.value)
    assert output.headers == (*record.headers, ("x-copydesk-route", b"english"))


def test_without_a_default_an_unmatched_event_goes_nowhere() -> None:
    """It comes to its outcome all the same."""
    handled = build_work().process(Record(build_event(language="de").to_bytes()))
    assert (handled.outcome, handled.outputs) == (Outcome.UNMATCHED, ())


def test_with_a_default_it_goes_there() -> None:
    """And counts as unmatched."""
    handled = build_work(f"{RULES}default: rest").process(Record(build_event(language="de").to_bytes()))
    assert handled.outcome is Outcome.UNMATCHED
    assert [output.topic for output in handled.outputs] == ["news.routed.rest.v1"]


def test_an_event_without_a_key_gets_its_id_as_key() -> None:
    """So that its partition is that of its article."""
    [output] = build_work().process(Record(build_event().to_bytes(), key=None)).outputs
    assert output.key == build_event().id.encode()


def test_what_is_no_event_is_refused() -> None:
    """With the reason for the dead letter."""
    with pytest.raises(PermanentError) as caught:
        build_work().process(Record(b'{"id": "a"}'))
    assert caught.value.reason is Reason.INVALID_ARTICLE


def test_a_route_of_the_form_ninjs_gets_ninjs() -> None:
    """The bytes and the headers that describe them are ninjs, everything else is as on any route."""
    rules = "version: 1\nroutes: [{name: trade, form: ninjs, when: always}, {name: plain, when: always}]\n"
    record = Record(build_event().to_bytes(), headers=(("ce_type", ENRICHED_TYPE.encode()), ("x", None)))
    ninjs, plain = build_work(rules).process(record).outputs
    assert plain.value == record.value
    assert ninjs.value is not None
    item = json.loads(ninjs.value)
    assert item["standard"]["version"] == "3.1"
    assert item["uri"].endswith(build_event().id)
    assert ninjs.headers == (("ce_type", NINJS_TYPE.encode()), ("x", None), ("x-copydesk-route", b"trade"))
