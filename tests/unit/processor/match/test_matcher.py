"""What match makes of one record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts import topics
from services.contracts.event import AnnotatedArticle, EnrichedArticle, Entity, Language, Mention, Sentiment
from services.contracts.headers import ENRICHED_TYPE, VERDICT_TYPE
from services.contracts.verdict_log import VerdictRecord
from services.enrichment.matching.index import MatchIndex
from services.errors import PermanentError
from services.outcomes import Outcome, Reason
from services.processor.match.matcher import MatchProcessor, find_event_time
from services.processor.match.metrics import MatchMetrics
from tests.support.annotated import build_annotated, pack
from tests.support.source_records import Record

SHARD = 2


def build_record(annotated: AnnotatedArticle) -> Record:
    sent = pack(annotated)
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    return Record(
        sent.value, sent.id.encode(), sent.headers, topics.ANNOTATED, partition=SHARD, offset=7, timestamp=now_ms
    )


@pytest.fixture
def metrics() -> MatchMetrics:
    return MatchMetrics()


@pytest.fixture
def work(metrics: MatchMetrics) -> MatchProcessor:
    return MatchProcessor(SHARD, MatchIndex(), metrics)


def test_a_new_article_is_enriched(work: MatchProcessor) -> None:
    """Its verdict goes to the shard's own partition of the log, its event to the enriched topic, both under its id."""
    annotated = build_annotated(1)
    handled = work.process(build_record(annotated))
    verdict, event = handled.outputs
    assert handled.outcome is Outcome.ENRICHED
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


def test_nothing_is_known_before_it_is_kept(work: MatchProcessor) -> None:
    """Handling changes no state: what becomes a dead letter leaves none."""
    record = build_record(build_annotated(1))
    assert work.process(record).outcome is Outcome.ENRICHED
    handled = work.process(record)
    assert handled.outcome is Outcome.ENRICHED
    handled.update_state()
    assert work.process(record).outcome is Outcome.REPEATED


def test_a_repeated_article_is_not_sent_again(work: MatchProcessor) -> None:
    """It has an outcome and no output."""
    record = build_record(build_annotated(1))
    work.process(record).update_state()
    assert work.process(record).outputs == ()


def test_the_log_makes_the_same_index(metrics: MatchMetrics, work: MatchProcessor) -> None:
    """Fed with the verdict log, an empty shard says of every record what the first one said."""
    first = work.process(build_record(build_annotated(1)))
    first.update_state()
    heir = MatchProcessor(SHARD, MatchIndex(), metrics)
    heir.restore([Record(first.outputs[0].value), Record(None)])
    heir.finish_restore()
    assert heir.process(build_record(build_annotated(1))).outcome is Outcome.REPEATED
    copy = build_annotated(1).model_copy(update={"id": "f" * 32})
    theirs, ours = heir.process(build_record(copy)), work.process(build_record(copy))
    assert theirs.log_fields == ours.log_fields and theirs.log_fields["verdict"] == "exact"


def test_index_and_verdicts_are_counted(metrics: MatchMetrics, work: MatchProcessor) -> None:
    """The index as long as the shard is held here; a verdict when its transaction is committed."""
    handled = work.process(build_record(build_annotated(1)))
    handled.update_state()
    handled.count_metrics()
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_verdicts_total", {"verdict": "original"}) == 1
    assert sample("copydesk_index_articles_count") == 1
    work.close()
    assert sample("copydesk_index_articles_count") == 0


def test_what_articles_are_about_is_counted(metrics: MatchMetrics, work: MatchProcessor) -> None:
    """Language, entities and polarities of what is enriched; a language that is not on the list is `other`."""
    annotated = build_annotated(1)
    polarity = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
    sentiment = Sentiment(polarity="positive", **polarity)
    mention = Mention(field="body", start=0, end=1, text="A", probability=1.0)
    entities = tuple(
        Entity(id=f"e{n}", name="A", type=kind, salience=1.0, sentiment=sentiment, mentions=(mention,))
        for n, kind in enumerate(("PER", "LOC", "LOC"))
    )
    for code in ("pt-BR", "eo"):
        article = annotated.article.model_copy(update={"language": Language(code=code, confidence=1.0)})
        update = {"id": code, "article": article, "entities": entities, "sentiment": sentiment}
        work.process(build_record(annotated.model_copy(update=update))).count_metrics()
    sample = metrics.registry.get_sample_value
    assert sample("copydesk_languages_total", {"language": "pt"}) == 1
    assert sample("copydesk_languages_total", {"language": "other"}) == 1
    assert sample("copydesk_entities_total", {"type": "LOC"}) == 4
    assert sample("copydesk_entities_total", {"type": "ORG"}) == 0
    assert sample("copydesk_sentiments_total", {"target": "entity", "polarity": "positive"}) == 6
    assert sample("copydesk_sentiments_total", {"target": "article", "polarity": "positive"}) == 2


def test_a_signature_that_cannot_be_read_is_refused(work: MatchProcessor) -> None:
    """It is a dead letter and never comes near the index."""
    annotated = build_annotated(1)
    broken = annotated.model_copy(update={"signature": annotated.signature.model_copy(update={"content_hash": "xyz"})})
    with pytest.raises(PermanentError) as caught:
        work.process(build_record(broken))
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
    """The time of arrival, unless it lies far ahead of the record's own; that one where there is none."""
    arrival = datetime.fromtimestamp(100, UTC) + ahead if ahead is not None else None
    annotated = build_annotated(1)
    annotated = annotated.model_copy(update={"article": annotated.article.model_copy(update={"ingested_at": arrival})})
    assert find_event_time(annotated, Record(timestamp=timestamp)) == expected
