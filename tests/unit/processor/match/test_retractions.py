"""Tests of an order to retract an article, as match processes it."""

from __future__ import annotations

import json

import pytest

from services.contracts import topics
from services.contracts.headers import RETRACTED_TYPE, RETRACTION_ORDER_TYPE
from services.contracts.retraction import RetractionOrder
from services.contracts.state.verdict_log import VerdictRecord, build_revision_key
from services.enrichment.matching.index import MatchIndex
from services.errors import PermanentError
from services.outcomes import Outcome
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.lanes.ports import ProcessingResult
from tests.support.annotated import build_annotated, pack, revise
from tests.support.source_records import Record

ARTICLE = build_annotated(1)


@pytest.fixture
def processor() -> MatchProcessor:
    """Build a processor that has published one article."""
    processor = MatchProcessor(2, MatchIndex(), MatchMetrics())
    run(processor, Record(pack(ARTICLE).value))
    return processor


def run(processor: MatchProcessor, record: Record) -> ProcessingResult:
    """Process a record and add it to the state."""
    result = processor.process(record)
    result.update_state()
    return result


def order(article_id: str, **fields: object) -> Record:
    """Build the record of an order."""
    value = RetractionOrder.model_validate({"id": article_id, "reason": "Withdrawn.", **fields}).to_bytes()
    return Record(value, headers=(("ce_type", RETRACTION_ORDER_TYPE.encode()),))


def test_a_known_article_is_retracted_once(processor: MatchProcessor) -> None:
    """The event has only id and reason and names the routes, the log has no signature, a second order is repeated."""
    result = run(processor, order(ARTICLE.id, routes=("all", "sport")))
    verdict, event = result.outputs
    assert result.outcome is Outcome.RETRACTED
    assert (verdict.topic, verdict.key, verdict.partition) == (topics.VERDICTS, ARTICLE.id.encode(), 2)
    stored = VerdictRecord.model_validate_json(verdict.value or b"")
    assert stored.retracted and stored.signature.content_hash != ARTICLE.signature.content_hash
    assert (event.topic, event.key, event.partition) == (topics.ENRICHED, ARTICLE.id.encode(), None)
    assert json.loads(event.value or b"") == {"id": ARTICLE.id, "reason": "Withdrawn."}
    headers = dict(event.headers)
    assert (headers["ce_type"], headers["x-copydesk-routes"]) == (RETRACTED_TYPE.encode(), b"all,sport")
    again = run(processor, order(ARTICLE.id, reason="Once more."))
    assert (again.outcome, again.outputs) == (Outcome.REPEATED, ())


def test_a_retracted_article_does_not_come_back(processor: MatchProcessor) -> None:
    """Neither the article nor a new revision of it is published again."""
    run(processor, order(ARTICLE.id))
    for annotated in (ARTICLE, revise(ARTICLE, "bb")):
        result = run(processor, Record(pack(annotated).value))
        assert (result.outcome, result.outputs) == (Outcome.REPEATED, ())


def test_the_record_of_a_revision_gets_a_tombstone(processor: MatchProcessor) -> None:
    """The log's second record of an article that was revised is removed."""
    assert run(processor, Record(pack(revise(ARTICLE, "bb")).value)).outcome is Outcome.REVISED
    _, tombstone, _ = run(processor, order(ARTICLE.id)).outputs
    assert (tombstone.topic, tombstone.key, tombstone.value) == (topics.VERDICTS, build_revision_key(ARTICLE.id), None)


@pytest.mark.parametrize(("publishes", "outputs"), [(True, 2), (False, 1)])
def test_an_unknown_article_is_refused_in_advance(processor: MatchProcessor, publishes: bool, outputs: int) -> None:
    """A shard that does not know the article notes its id, and publishes the retraction if the order says so."""
    late = build_annotated(9)
    result = run(processor, order(late.id, publishes_unknown=publishes))
    assert (result.outcome, len(result.outputs)) == (Outcome.RETRACTED, outputs)
    assert run(processor, Record(pack(late).value)).outcome is Outcome.REPEATED


def test_a_wrong_order_is_refused(processor: MatchProcessor) -> None:
    """An order without an id is a dead letter, and so is a tombstone."""
    for value in (b"{}", None):
        with pytest.raises(PermanentError):
            processor.process(Record(value, headers=(("ce_type", RETRACTION_ORDER_TYPE.encode()),)))
