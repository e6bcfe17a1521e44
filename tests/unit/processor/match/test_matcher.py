"""Tests of the processing of one record by match."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts import topics
from services.contracts.event import (
    AnnotatedArticle,
    EnrichedArticle,
    Entity,
    EntitySentiment,
    Language,
    Mention,
    Revision,
    Topic,
)
from services.contracts.headers import ENRICHED_TYPE, VERDICT_TYPE
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching.index import MatchIndex
from services.errors import PermanentError
from services.outcomes import Outcome, Reason
from services.processor.match.matcher import MatchProcessor, find_event_time
from services.processor.match.metrics import MatchMetrics
from tests.support.annotated import build_annotated, pack, revise
from tests.support.source_records import Record

SHARD = 2


def build_record(annotated: AnnotatedArticle) -> Record:
    """Build the record of an annotated article, written now."""
    sent = pack(annotated)
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    return Record(
        sent.value, sent.id.encode(), sent.headers, topics.ANNOTATED, partition=SHARD, offset=7, timestamp=now_ms
    )


@pytest.fixture
def metrics() -> MatchMetrics:
    """Build metrics."""
    return MatchMetrics()


@pytest.fixture
def processor(metrics: MatchMetrics) -> MatchProcessor:
    """Build a processor with an empty index."""
    return MatchProcessor(SHARD, MatchIndex(), metrics)


def test_new_article_is_enriched(processor: MatchProcessor) -> None:
    """The verdict goes to the shard's partition of the log, the event to the enriched topic, with the id as key."""
    annotated = build_annotated(1)
    result = processor.process(build_record(annotated))
    verdict, event = result.outputs
    assert result.outcome is Outcome.ENRICHED
    assert (verdict.topic, verdict.partition, event.topic, event.partition) == (
        topics.VERDICTS,
        SHARD,
        topics.ENRICHED,
        None,
    )
    assert verdict.key == event.key == annotated.id.encode()
    assert dict(verdict.headers)["ce_type"] == VERDICT_TYPE.encode()
    assert dict(event.headers)["ce_type"] == ENRICHED_TYPE.encode()
    enriched = EnrichedArticle.model_validate_json(event.value or b"")
    assert enriched.duplicate == VerdictRecord.model_validate_json(verdict.value or b"").duplicate
    assert enriched.article == annotated.article and enriched.entities == annotated.entities
    assert enriched.origin is not None
    assert (enriched.origin.topic, enriched.origin.partition, enriched.origin.offset) == (topics.ANNOTATED, SHARD, 7)


def test_replayed_article_says_so(processor: MatchProcessor) -> None:
    """The event of a replayed article has the log time as a header, and the record of the log has none.

    A consumer can then distinguish it from a new event. Its age is unknown, so no alert about late articles is raised.
    """
    record = build_record(build_annotated(1))
    replayed = replace(record, headers=(*record.headers, ("x-copydesk-log-time", b"1000")))
    result = processor.process(replayed)
    verdict, event = result.outputs
    assert dict(event.headers)["x-copydesk-log-time"] == b"1000"
    assert "x-copydesk-log-time" not in dict(verdict.headers)
    assert result.ingested_at is None and processor.process(record).ingested_at is not None
    assert event.value == processor.process(record).outputs[1].value


def test_processing_alone_changes_no_state(processor: MatchProcessor) -> None:
    """An article is known only after `update_state`, so that a dead letter leaves no trace in the state."""
    record = build_record(build_annotated(1))
    assert processor.process(record).outcome is Outcome.ENRICHED
    result = processor.process(record)
    assert result.outcome is Outcome.ENRICHED
    result.update_state()
    assert processor.process(record).outcome is Outcome.REPEATED


def test_repeated_article_has_no_output(processor: MatchProcessor) -> None:
    """A repeated article has an outcome and no output."""
    record = build_record(build_annotated(1))
    processor.process(record).update_state()
    assert processor.process(record).outputs == ()


def test_a_new_revision_is_published_again(processor: MatchProcessor) -> None:
    """A known article with another revision is published with its first verdict, number, hash and what it replaces."""
    original, copy = build_annotated(1), build_annotated(1).model_copy(update={"id": "f" * 32})
    for one in (original, copy):
        processor.process(build_record(revise(one, "a"))).update_state()
    result = processor.process(build_record(revise(copy, "bb")))
    verdict, event = result.outputs
    assert result.outcome is Outcome.REVISED
    enriched = EnrichedArticle.model_validate_json(event.value or b"")
    assert enriched.enrichment.revision == Revision(number=2, hash="bb", replaces="a")
    assert (enriched.duplicate.verdict, enriched.duplicate.duplicate_of) == ("exact", original.id)
    assert enriched.entities == revise(copy, "bb").entities
    assert dict(event.headers)["x-copydesk-revision"] == b"2" and event.key == copy.id.encode()
    assert verdict.partition == SHARD and verdict.key != event.key
    result.update_state()
    assert processor.process(build_record(revise(copy, "bb"))).outcome is Outcome.REPEATED
    third = EnrichedArticle.model_validate_json(
        processor.process(build_record(revise(copy, "a"))).outputs[1].value or b""
    )
    assert third.enrichment.revision == Revision(number=3, hash="a", replaces="bb")


def test_the_first_event_has_no_header_of_a_revision(processor: MatchProcessor) -> None:
    """The header is only on events that replace an earlier one."""
    _, event = processor.process(build_record(revise(build_annotated(1), "a"))).outputs
    assert "x-copydesk-revision" not in dict(event.headers)


def test_an_article_without_a_hash_is_revised_by_one_that_has_it(processor: MatchProcessor) -> None:
    """After an upgrade from a release without revisions, the first one replaces what had no hash."""
    processor.process(build_record(build_annotated(1))).update_state()
    assert processor.process(build_record(build_annotated(1))).outcome is Outcome.REPEATED
    _, event = processor.process(build_record(revise(build_annotated(1), "a"))).outputs
    enriched = EnrichedArticle.model_validate_json(event.value or b"")
    assert enriched.enrichment.revision == Revision(number=2, hash="a", replaces=None)


def test_revisions_can_be_suppressed(metrics: MatchMetrics) -> None:
    """With the setting, a known article is repeated, whatever its revision is."""
    processor = MatchProcessor(SHARD, MatchIndex(), metrics, publishes_revisions=False)
    processor.process(build_record(revise(build_annotated(1), "a"))).update_state()
    result = processor.process(build_record(revise(build_annotated(1), "bb")))
    assert (result.outcome, result.outputs) == (Outcome.REPEATED, ())


def test_a_revision_is_counted_in_no_other_metric(metrics: MatchMetrics, processor: MatchProcessor) -> None:
    """Verdicts, languages, entities and sentiments count an article once, however often it is revised."""
    for revision_hash in ("a", "bb", "c"):
        result = processor.process(build_record(revise(build_annotated(1), revision_hash)))
        result.update_state()
        result.count_metrics()
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_verdicts_total", {"verdict": "original"}) == 1
    assert sample("copydesk_entities_total", {"type": "PER"}) == 1
    assert sample("copydesk_index_articles_count") == 1


def test_the_verdict_log_restores_revisions(metrics: MatchMetrics, processor: MatchProcessor) -> None:
    """A shard restored from the verdict log, compacted or not, knows the last revision of each article."""
    log = []
    for revision_hash in ("a", "bb", "c"):
        result = processor.process(build_record(revise(build_annotated(1), revision_hash)))
        result.update_state()
        log.append(result.outputs[0])
    assert log[0].key != log[1].key == log[2].key
    for kept in (log, [log[0], log[2]]):
        restored = MatchProcessor(SHARD, MatchIndex(), metrics)
        restored.restore([Record(one.value) for one in kept])
        restored.finish_restore()
        assert restored.process(build_record(revise(build_annotated(1), "c"))).outcome is Outcome.REPEATED
        assert restored.process(build_record(revise(build_annotated(1), "bb"))).outcome is Outcome.REVISED
        copy = build_annotated(1).model_copy(update={"id": "f" * 32})
        assert restored.process(build_record(copy)).log_fields["verdict"] == "exact"


def test_verdict_log_restores_the_same_index(metrics: MatchMetrics, processor: MatchProcessor) -> None:
    """A shard restored from the verdict log returns the same verdicts as the original one."""
    first = processor.process(build_record(build_annotated(1)))
    first.update_state()
    restored = MatchProcessor(SHARD, MatchIndex(), metrics)
    restored.restore([Record(first.outputs[0].value), Record(None)])
    restored.finish_restore()
    assert restored.process(build_record(build_annotated(1))).outcome is Outcome.REPEATED
    copy = build_annotated(1).model_copy(update={"id": "f" * 32})
    theirs, ours = restored.process(build_record(copy)), processor.process(build_record(copy))
    assert theirs.log_fields == ours.log_fields and theirs.log_fields["verdict"] == "exact"


def test_index_and_verdicts_are_counted(metrics: MatchMetrics, processor: MatchProcessor) -> None:
    """A verdict is counted after the commit, and the index as long as the shard is assigned."""
    result = processor.process(build_record(build_annotated(1)))
    result.update_state()
    result.count_metrics()
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_verdicts_total", {"verdict": "original"}) == 1
    assert sample("copydesk_index_articles_count") == 1
    processor.close()
    assert sample("copydesk_index_articles_count") == 0


def test_content_of_articles_is_counted(metrics: MatchMetrics, processor: MatchProcessor) -> None:
    """Languages, topics, entities and polarities of enriched articles are counted; an unlisted language is `other`."""
    annotated = build_annotated(1)
    polarity = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
    sentiment = EntitySentiment(polarity="positive", **polarity)
    mention = Mention(field="body", start=0, end=1, text="A", probability=1.0)
    entities = tuple(
        Entity(id=f"e{n}", name="A", type=kind, salience=1.0, sentiment=sentiment, mentions=(mention,))
        for n, kind in enumerate(("PER", "LOC", "LOC"))
    )
    sport = Topic(id="medtop:15000000", name="sport", level=1, confidence=0.9)
    for code, found in (("pt-BR", (sport,)), ("eo", ())):
        article = annotated.article.model_copy(update={"language": Language(code=code, confidence=1.0)})
        update = {"id": code, "article": article, "entities": entities, "sentiment": sentiment, "topics": found}
        processor.process(build_record(annotated.model_copy(update=update))).count_metrics()
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_languages_total", {"language": "pt"}) == 1
    assert sample("copydesk_languages_total", {"language": "other"}) == 1
    assert sample("copydesk_entities_total", {"type": "LOC"}) == 4
    assert sample("copydesk_entities_total", {"type": "ORG"}) == 0
    assert sample("copydesk_sentiments_total", {"target": "entity", "polarity": "positive"}) == 6
    assert sample("copydesk_sentiments_total", {"target": "article", "polarity": "positive"}) == 2
    assert sample("copydesk_main_topics_total", {"subject": "sport"}) == 1
    assert sample("copydesk_main_topics_total", {"subject": "none"}) == 1


def test_invalid_signature_is_rejected(processor: MatchProcessor) -> None:
    """An article with an invalid signature is rejected before it reaches the index."""
    annotated = build_annotated(1)
    broken = annotated.model_copy(update={"signature": annotated.signature.model_copy(update={"content_hash": "xyz"})})
    with pytest.raises(PermanentError) as caught:
        processor.process(build_record(broken))
    assert caught.value.reason is Reason.INVALID_ARTICLE


@pytest.mark.parametrize(
    ("ahead", "timestamp", "expected"),
    [
        (timedelta(0), 50_000, 100_000),
        (timedelta(hours=23), 100_000, 100_000 + 23 * topics.HOUR_MS),
        (timedelta(days=400), 100_000, 100_000),
        (timedelta(0), -1, 100_000),
        (None, 60_000, 60_000),
        (None, -1, 0),
    ],
)
def test_event_time(ahead: timedelta | None, timestamp: int, expected: int) -> None:
    """The event time is the time of arrival, unless it is missing or much later than the record's timestamp."""
    arrival = datetime.fromtimestamp(100, UTC) + ahead if ahead is not None else None
    annotated = build_annotated(1)
    annotated = annotated.model_copy(update={"article": annotated.article.model_copy(update={"ingested_at": arrival})})
    assert find_event_time(annotated, Record(timestamp=timestamp)) == expected


def test_a_timestamp_after_the_year_9999_is_a_permanent_error() -> None:
    """A record without a time of arrival whose timestamp no event can name is refused; the year 9999 is accepted."""
    annotated = build_annotated(1)
    annotated = annotated.model_copy(update={"article": annotated.article.model_copy(update={"ingested_at": None})})
    last_ms = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1000
    assert find_event_time(annotated, Record(timestamp=last_ms)) == last_ms
    with pytest.raises(PermanentError, match="after the year 9999"):
        find_event_time(annotated, Record(timestamp=last_ms + 1000))
