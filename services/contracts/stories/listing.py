"""Lists of stories: their order, and the story that has the articles of a merged one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from services.contracts.stories.record import StoryRecord

StoryOrder = Literal["largest", "latest"]


def sort_stories(found: Iterable[StoryRecord], order: StoryOrder = "largest") -> list[StoryRecord]:
    """Return the stories that are not merged into another one.

    The largest are first, and of stories with equal numbers of articles the latest; or the latest are first.
    """
    open_or_closed = [record for record in found if record.status != "merged"]
    if order == "latest":
        return sorted(open_or_closed, key=lambda one: (-one.updated_at.timestamp(), one.id))
    return sorted(open_or_closed, key=lambda one: (-one.articles, -one.updated_at.timestamp(), one.id))


def is_outdated(record: StoryRecord, known: StoryRecord | None) -> bool:
    """Return whether a later state of a story is known already.

    A shard that got a language from another one continues its stories on another partition, which may be read first.
    """
    return known is not None and known.version > record.version


def find_current(story_id: str, merged: Mapping[str, str]) -> str:
    """Return the id of the story that has the articles of a story now.

    `merged` has, for each merged story, the story into which it was merged.
    """
    seen = {story_id}
    while (into := merged.get(story_id)) is not None and into not in seen:
        seen.add(into)
        story_id = into
    return story_id
