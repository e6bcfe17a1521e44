"""Tests of stories in match: what is written, what is kept for revisions, and restarts from log and snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from services.contracts import topics
from services.contracts.event import Dateline, EnrichedArticle, ResolvedTime
from services.contracts.headers import MENTION_TYPE, RETRACTION_ORDER_TYPE, STORY_TYPE, build_headers
from services.contracts.mention import MentionRow
from services.contracts.retraction import RetractionOrder
from services.contracts.state.verdict_log import VerdictRecord
from services.contracts.stories.record import StoryRecord
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.parameters import StoryParameters
from services.outcomes import Stage
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import NOVELTIES, MatchMetrics
from services.runtime.kafka.records import OutputRecord
from tests.support.annotated import pack, revise
from tests.support.match_stage import SHARD, build_processor, process
from tests.support.source_records import Record
from tests.support.story_articles import ARTICLES


def read_log(outputs: Iterable[OutputRecord]) -> list[Record]:
    """Return the records of the verdict log among outputs."""
    values = [output.value for output in outputs if output.topic == topics.VERDICTS]
    return [Record(value, b"k", [], topics.VERDICTS, SHARD, offset) for offset, value in enumerate(values)]


def read_enriched(outputs: Iterable[OutputRecord]) -> list[EnrichedArticle]:
    """Return the events among outputs."""
    return [
        EnrichedArticle.model_validate_json(output.value or b"")
        for output in outputs
        if output.topic == topics.ENRICHED
    ]


def read_stories(outputs: Iterable[OutputRecord]) -> list[StoryRecord]:
    """Return the records of stories among outputs."""
    return [
        StoryRecord.model_validate_json(output.value or b"") for output in outputs if output.topic == topics.STORIES
    ]


def test_event_story_and_verdict_are_of_one_answer() -> None:
    """Each article gives a verdict, an event and a story record, whose numbers agree."""
    outputs = process(build_processor(), ARTICLES[:12])
    own = [story for story in read_stories(outputs) if story.status != "merged"]
    for event, story in zip(read_enriched(outputs), own, strict=True):
        assert event.story is not None and event.entities is not None
        assert (event.story.id, event.story.size, event.story.sources) == (story.id, story.articles, story.sources)
        assert story.latest == event.id and story.status == "open" and story.first == story.id
        assert event.story.is_first == (story.id == event.id) == (story.version == 1)
        assert all(entity.novelty is not None for entity in event.entities)
    story_record = next(output for output in outputs if output.topic == topics.STORIES)
    assert dict(story_record.headers)["ce_type"] == STORY_TYPE.encode()
    assert story_record.partition == SHARD and story_record.key == ARTICLES[0].id.encode()


def test_copies_count_as_copies() -> None:
    """A correction of a report is a copy: it adds to the size of the story and not to its sources."""
    outputs = process(build_processor(), ARTICLES)
    last = {story.id: story for story in read_stories(outputs)}
    assert sum(story.articles for story in last.values() if story.status != "merged") == len(ARTICLES)
    assert any(story.copies for story in last.values())
    for story in last.values():
        assert story.sources <= story.originals and story.copies == story.articles - story.originals


def test_a_revision_keeps_story_and_novelty() -> None:
    """A known article with another revision has the story and the novelty of its first event, and writes no story."""
    processor = build_processor()
    first = read_enriched(process(processor, [revise(article, "a") for article in ARTICLES[:40]]))[20]
    outputs = process(processor, [revise(ARTICLES[20], "b")])
    assert [output.topic for output in outputs] == [topics.VERDICTS, topics.ENRICHED]
    (revised,) = read_enriched(outputs)
    assert revised.story == first.story and revised.entities == first.entities
    assert revised.enrichment.revision is not None and revised.enrichment.revision.number == 2


def test_an_agency_in_the_dateline_is_the_source() -> None:
    """Reports of several papers with one agency in the dateline are one source."""
    articles = [
        ARTICLES[at].model_copy(
            update={"article": ARTICLES[at].article.model_copy(update={"dateline": Dateline(agency="Northwire")})}
        )
        for at in (0, 3, 4)
    ]
    assert {story.sources for story in read_stories(process(build_processor(), articles))} == {1}


@pytest.mark.parametrize(
    ("hours", "precision", "late"), [(23, "second", False), (25, "second", True), (47, "day", False)]
)
def test_an_article_that_arrives_long_after_its_publication_is_late(hours: int, precision: str, late: bool) -> None:
    """An article is late a day after the last moment at which it can have been published."""
    article = ARTICLES[0].article
    assert article.ingested_at is not None
    published = ResolvedTime(value=article.ingested_at - timedelta(hours=hours), precision=precision, basis="metadata")
    sent = ARTICLES[0].model_copy(update={"article": article.model_copy(update={"published_at": published})})
    (event,) = read_enriched(process(build_processor(), [sent]))
    assert event.entities is not None and event.entities[0].novelty is not None
    assert event.entities[0].novelty.late is late


def test_records_of_earlier_builds_have_a_story_too() -> None:
    """An annotated record without features of stories gives the same answer."""
    old = [article.model_copy(update={"story_features": None}) for article in ARTICLES[:10]]
    assert read_stories(process(build_processor(), old)) == read_stories(process(build_processor(), ARTICLES[:10]))


def restore_from_log(outputs: list[OutputRecord], folder: Path) -> MatchProcessor:
    """Restore a processor from the log."""
    processor = build_processor()
    log = read_log(outputs)
    for at in range(0, len(log), 7):
        processor.restore(log[at : at + 7])
    processor.finish_restore()
    return processor


def restore_from_snapshot(outputs: list[OutputRecord], folder: Path) -> MatchProcessor:
    """Restore a processor from a snapshot of an older state, and the rest from the log."""
    writer, log = build_processor(), read_log(outputs)
    writer.restore(log[:30])
    writer.finish_restore()
    write = writer.snapshot()
    writer.restore(log[30:])
    write(folder)
    processor = build_processor()
    processor.load_snapshot(folder)
    processor.restore(log[30:])
    processor.finish_restore()
    return processor


@pytest.mark.parametrize("restore", [restore_from_log, restore_from_snapshot])
def test_a_restart_changes_no_byte(
    restore: Callable[[list[OutputRecord], Path], MatchProcessor], tmp_path: Path
) -> None:
    """After a restart in the middle, the outputs for the other articles are those of a run without a restart."""
    whole = build_processor()
    before, after = process(whole, ARTICLES[:90]), process(whole, ARTICLES[90:])
    restored = restore(before, tmp_path)
    assert process(restored, ARTICLES[90:]) == after
    revised = [revise(article, "b") for article in ARTICLES[::9]]
    assert process(restored, revised) == process(whole, revised)


def test_a_retraction_takes_the_headline_from_the_story_and_leaves_its_state() -> None:
    """A retracted article leaves a story with all its articles, without its headline, that a restart still knows."""
    processor = build_processor()
    outputs = process(processor, ARTICLES[:6])
    story = read_stories(outputs)[-1]
    order = RetractionOrder(id=story.representative, reason="legal", publishes_unknown=False)
    headers = build_headers(event_type=RETRACTION_ORDER_TYPE, article_id=order.id, stage=Stage.MATCH)
    record = Record(order.to_bytes(), b"k", headers, topics.ANNOTATED, SHARD, 9, timestamp=0)
    result = processor.process(record)
    result.update_state()
    (left,) = read_stories(result.outputs)
    assert (left.id, left.headline, left.articles, left.version) == (story.id, None, story.articles, story.version + 1)
    compacted = [one for one in read_log([*outputs, *result.outputs]) if json.loads(one.value or b"")["retracted"]]
    restored = build_processor()
    restored.restore(compacted)
    restored.finish_restore()
    assert restored.stories is not None and processor.stories is not None
    assert restored.stories.stories.by_id[story.id] == processor.stories.stories.by_id[story.id]


def test_a_snapshot_of_other_parameters_is_refused(tmp_path: Path) -> None:
    """A snapshot without stories, with other parameters, or with damaged files raises ValueError or OSError."""
    processor = build_processor()
    process(processor, ARTICLES[:5])
    processor.snapshot()(tmp_path)
    other = build_processor()
    assert other.stories is not None
    other.stories.parameters = other.stories.parameters.model_copy(update={"preset": "tight"})
    with pytest.raises(ValueError, match="other parameters"):
        other.load_snapshot(tmp_path)
    (tmp_path / "stories.jsonl").write_text("[]\n")
    with pytest.raises((OSError, ValueError)):
        build_processor().load_snapshot(tmp_path)
    (tmp_path / "stories.json").unlink()
    with pytest.raises((OSError, ValueError)):
        build_processor().load_snapshot(tmp_path)


def test_the_log_has_what_a_story_needs() -> None:
    """A verdict record names its story, and one without stories has none."""
    outputs = process(build_processor(), ARTICLES[:3])
    verdicts = [VerdictRecord.model_validate_json(record.value or b"") for record in read_log(outputs)]
    assert all(verdict.story is not None for verdict in verdicts)
    off = MatchProcessor(SHARD, MatchIndex(), MatchMetrics())
    records = process(off, ARTICLES[:3])
    assert {output.topic for output in records} == {topics.VERDICTS, topics.ENRICHED}
    assert all(event.story is None for event in read_enriched(records))


def test_mentions_are_the_rows_of_the_event() -> None:
    """With mentions on, each entity of an event is a row with the numbers of the event, keyed by the entity."""
    processor = MatchProcessor(SHARD, MatchIndex(), MatchMetrics(), stories=StoryIndex(), has_mentions=True)
    outputs = process(processor, [revise(article, "a") for article in ARTICLES[:20]])
    rows = [
        (output, MentionRow.model_validate_json(output.value or b""))
        for output in outputs
        if output.topic == topics.MENTIONS
    ]
    events = read_enriched(outputs)
    assert len(rows) == sum(len(event.entities or ()) for event in events) == 20
    for (output, row), event in zip(rows, events, strict=True):
        assert event.entities is not None and event.story is not None
        (entity,) = event.entities
        assert output.key == row.entity.encode() and row.entity == entity.key
        assert (row.article, row.story, row.novelty) == (event.id, event.story.id, entity.novelty)
        assert (row.polarity, row.salience, row.mentions) == (entity.sentiment.polarity, entity.salience, 1)
        assert dict(output.headers)["ce_type"] == MENTION_TYPE.encode()
    (revised,) = [one for one in process(processor, [revise(ARTICLES[3], "b")]) if one.topic == topics.MENTIONS]
    assert MentionRow.model_validate_json(revised.value or b"").revision == 2


def test_metrics_count_stories() -> None:
    """The metrics count how articles came to their stories, and the open stories."""
    metrics = MatchMetrics()
    processor = MatchProcessor(SHARD, MatchIndex(), metrics, stories=StoryIndex())
    for article in ARTICLES[:30]:
        sent = pack(article)
        record = Record(sent.value, sent.id.encode(), sent.headers, topics.ANNOTATED, SHARD, 7, timestamp=0)
        result = processor.process(record)
        result.update_state()
        result.count_metrics()
    counted = {place: metrics.story_articles.labels(place)._value.get() for place in ("opened", "joined", "copied")}
    assert sum(counted.values()) == 30 and all(counted.values())
    novelties = {name: metrics.entity_novelty.labels(name)._value.get() for name in NOVELTIES}
    assert sum(novelties.values()) == 30 and novelties["new"] and novelties["known"]


def test_metrics_measure_the_fullest_shard_and_the_age_of_stories_that_end() -> None:
    """The share of the largest number is that of the fullest shard, and a story of several articles has an age."""
    metrics = MatchMetrics()
    stories = StoryIndex(StoryParameters(open_stories=20))
    processor = MatchProcessor(SHARD, MatchIndex(), metrics, stories=stories)
    MatchProcessor(SHARD + 1, MatchIndex(), metrics)
    for article in ARTICLES:
        at_ms = int(article.article.ingested_at.timestamp() * 1000) if article.article.ingested_at else 0
        sent = pack(article)
        record = Record(sent.value, sent.id.encode(), sent.headers, topics.ANNOTATED, SHARD, 7, timestamp=at_ms)
        result = processor.process(record)
        result.update_state()
        result.count_metrics()
    read = metrics.registry.get_sample_value
    assert read("copydesk_stories_fullest_ratio") == stories.open_count / 20 > 0.5
    ended = read("copydesk_story_age_seconds_count")
    assert ended and (read("copydesk_stories_closed_total") or 0) >= ended
    assert (read("copydesk_story_age_seconds_sum") or 0) / ended > 3_600
