"""Tests of stories after retractions and reshardings: a restart must answer as the process that it replaces."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest

from services.contracts import topics
from services.contracts.event import AnnotatedArticle, Language
from services.contracts.headers import RETRACTION_ORDER_TYPE, build_headers
from services.contracts.retraction import RetractionOrder
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.outcomes import Stage
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.records import OutputRecord
from tests.support.match_stage import SHARD, process
from tests.support.source_records import Record
from tests.support.story_articles import ARTICLES, BRIEF, EAGER, MIXED
from tests.unit.processor.match.test_stories import read_enriched, read_stories

FEW = 5
"""Number of ends that a test needs at least."""


def build_processor(index: StoryIndex | None = None, shard: int = SHARD) -> MatchProcessor:
    """Build a processor whose stories merge and end often."""
    return MatchProcessor(shard, MatchIndex(), MatchMetrics(), stories=index or StoryIndex(BRIEF, EAGER))


def retract(processor: MatchProcessor, article_id: str) -> list[OutputRecord]:
    """Execute the order to retract an article and return the outputs."""
    order = RetractionOrder(id=article_id, reason="legal", publishes_unknown=False)
    headers = build_headers(event_type=RETRACTION_ORDER_TYPE, article_id=order.id, stage=Stage.MATCH)
    result = processor.process(Record(order.to_bytes(), b"k", headers, topics.ANNOTATED, SHARD, 9, timestamp=0))
    result.update_state()
    return list(result.outputs)


def compact(log: Sequence[OutputRecord], end: int) -> list[OutputRecord]:
    """Return a log as Kafka leaves it when it has compacted the records before `end`: the last one of each key."""
    last = {record.key: at for at, record in enumerate(log)}
    return [record for at, record in enumerate(log) if at >= end or last[record.key] == at]


def restore(processor: MatchProcessor, log: Iterable[OutputRecord], size: int = 7) -> MatchProcessor:
    """Restore a processor from records of the verdict log."""
    records = [Record(one.value, one.key or b"", [], topics.VERDICTS, SHARD, at) for at, one in enumerate(log)]
    for at in range(0, len(records), size):
        processor.restore(records[at : at + size])
    processor.finish_restore()
    return processor


@pytest.mark.parametrize("seed", range(3))
def test_a_retraction_has_the_same_effect_before_and_after_compaction(seed: int) -> None:
    """However much of the log is compacted, a restart continues with the bytes of the process that was not restarted.

    The retracted articles are any: first ones of a story, those that merged stories, and those that closed some.
    """
    generator = random.Random(seed)
    live, log = build_processor(), list[OutputRecord]()
    ends: Counter[str] = Counter()
    for at, article in enumerate(MIXED[:140]):
        outputs = process(live, [article])
        if at % 3 == 0:
            outputs += retract(live, MIXED[generator.randrange(max(0, at - 20), at + 1)].id)
        ends.update(story.status for story in read_stories(outputs))
        log += [output for output in outputs if output.topic == topics.VERDICTS]
    assert ends["merged"] > FEW and ends["closed"] > FEW
    restored = [restore(build_processor(), compact(log, end)) for end in (0, len(log) // 2, len(log))]
    expected = process(live, MIXED[140:])
    for processor in restored:
        assert process(processor, MIXED[140:]) == expected


def test_novelty_does_not_count_a_retracted_article() -> None:
    """After its retraction an article is in no count of novelty, and its entity can be new again."""
    processor = build_processor(StoryIndex())
    first, second, third = (
        ARTICLES[at].model_copy(update={"entities": ARTICLES[0].entities, "id": f"{at:032x}"}) for at in (0, 1, 2)
    )
    process(processor, [first, second])
    retract(processor, first.id)
    (event,) = read_enriched(process(processor, [third]))
    assert event.entities is not None and event.entities[0].novelty is not None
    assert event.entities[0].novelty.volume["7d"] == 1
    for one in (second, third):
        retract(processor, one.id)
    fourth = ARTICLES[3].model_copy(update={"entities": ARTICLES[0].entities})
    (event,) = read_enriched(process(processor, [fourth]))
    assert event.entities is not None and event.entities[0].novelty is not None
    assert event.entities[0].novelty.is_first and event.entities[0].novelty.volume["7d"] == 0


LATER = ShardMap(
    shards={**DECLARED_SHARDS.shards, "sv": DECLARED_SHARDS.count},
    other=DECLARED_SHARDS.other,
    count=DECLARED_SHARDS.count + 1,
)


def build_sharded(shards: ShardMap, shard: int) -> MatchProcessor:
    """Build the processor of a shard under a shard map, as match does."""
    return build_processor(StoryIndex(has_language=lambda code: shards.find(code) == shard), shard)


def delay(article: AnnotatedArticle, number: int, language: str, days: int = 0) -> AnnotatedArticle:
    """Return an article with another id, in another language, and some days later."""
    assert isinstance(article.article.ingested_at, datetime)
    changed = {
        "language": Language(code=language, confidence=0.9, basis="text"),
        "ingested_at": article.article.ingested_at + timedelta(days=days),
    }
    return article.model_copy(update={"id": f"{number:032x}", "article": article.article.model_copy(update=changed)})


def test_after_a_resharding_only_one_shard_continues_a_story() -> None:
    """The new shard ends the stories that an article of its language opened, the old shard the others, each once."""
    articles = [delay(article, at, ("sv", "fi")[at // 6 % 2]) for at, article in enumerate(ARTICLES[:48])]
    before = process(build_sharded(DECLARED_SHARDS, DECLARED_SHARDS.other), articles)
    log = [output for output in before if output.topic == topics.VERDICTS]
    last = {story.id: story.status for story in read_stories(before)}
    ended: dict[str, set[str]] = {}
    for language, shard in (("sv", LATER.find("sv")), ("fi", LATER.other)):
        processor = restore(build_sharded(LATER, shard), log)
        later = [delay(article, 900 + at, language, days=20) for at, article in enumerate(ARTICLES[48:60])]
        closed = {story.id for story in read_stories(process(processor, later)) if story.status == "closed"}
        ended[language] = closed & last.keys()
    still_open = {story_id for story_id, status in last.items() if status == "open"}
    assert ended["sv"] | ended["fi"] == still_open and not ended["sv"] & ended["fi"]
    opened = {article.id: article.article.language.code for article in articles}
    for language, ids in ended.items():
        assert ids and {opened[story_id] for story_id in ids} == {language}
