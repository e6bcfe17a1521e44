"""Stories are listed in an order, and merged ones are found in the story that has their articles."""

from __future__ import annotations

import json
from datetime import timedelta

from services.contracts.stories.listing import find_current, sort_stories
from services.contracts.stories.record import StoryRecord
from tests.support.repository import ROOT


def test_merged_stories_are_not_listed() -> None:
    """The list has open and closed stories, the largest or the latest first."""
    example = json.loads((ROOT / "schemas/examples/news.story.v1/merged.json").read_text())
    merged = StoryRecord.model_validate(example)
    small = merged.model_copy(
        update={"id": "s", "status": "open", "articles": 2, "updated_at": merged.updated_at + timedelta(hours=1)}
    )
    large = merged.model_copy(update={"id": "l", "status": "closed", "articles": 9})
    assert [one.id for one in sort_stories([small, merged, large])] == ["l", "s"]
    assert [one.id for one in sort_stories([large, merged, small], "latest")] == ["s", "l"]


def test_a_story_that_merged_twice_is_found() -> None:
    """The chain of merges is followed to its end, and a circle, which only a foreign producer writes, ends."""
    merged = {"a": "b", "b": "c", "x": "y", "y": "x"}
    assert [find_current(each, merged) for each in ("a", "b", "c", "other")] == ["c", "c", "c", "other"]
    assert find_current("x", merged) in {"x", "y"}
