"""Tests of the check of stories: it accepts what match writes, and finds every number that is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.contracts import topics
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.records import OutputRecord
from tests.support.match_stage import process
from tests.support.story_articles import BRIEF, EAGER, MIXED
from tests.support.whole_path.stories import PlainShard

Parsed = list[dict[str, Any]]
OUTPUTS = process(MatchProcessor(0, MatchIndex(), MatchMetrics(), stories=StoryIndex(BRIEF, EAGER)), MIXED)
FEW = 5
"""Number of ends that the test needs at least."""


def parse(outputs: list[OutputRecord], topic: str) -> Parsed:
    """Return the records of a topic, as JSON."""
    return [json.loads(output.value or b"") for output in outputs if output.topic == topic]


def count(events: Parsed, records: Parsed) -> PlainShard:
    """Check the events and the records of stories of a shard."""
    shard = PlainShard(records)
    for event in events:
        shard.read(event)
    shard.finish()
    return shard


def test_what_match_writes_is_what_the_plain_loop_counts() -> None:
    """Stories that join, merge and end, and the novelty of their entities, are those of the plain loop."""
    shard = count(parse(OUTPUTS, topics.ENRICHED), parse(OUTPUTS, topics.STORIES))
    assert shard.problems == []
    assert shard.merges > FEW and sum(story.status == "closed" for story in shard.stories.values()) > FEW


def _change_size(events: Parsed, records: Parsed) -> None:
    events[70]["story"]["size"] += 1


def _change_sources(events: Parsed, records: Parsed) -> None:
    records[70]["sources"] += 1


def _change_novelty(events: Parsed, records: Parsed) -> None:
    events[70]["entities"][0]["novelty"]["volume"]["7d"] += 1


def _lose_a_record(events: Parsed, records: Parsed) -> None:
    del records[70]


def _repeat_a_record(events: Parsed, records: Parsed) -> None:
    records.insert(70, records[70])


def _exchange_events(events: Parsed, records: Parsed) -> None:
    events[70], events[71] = events[71], events[70]


@pytest.mark.parametrize(
    "damage",
    [_change_size, _change_sources, _change_novelty, _lose_a_record, _repeat_a_record, _exchange_events],
)
def test_a_change_is_found(damage: Callable[[Parsed, Parsed], None]) -> None:
    """Any single change of an event or a record of a story is a problem."""
    events, records = parse(OUTPUTS, topics.ENRICHED), parse(OUTPUTS, topics.STORIES)
    damage(events, records)
    assert count(events, records).problems
