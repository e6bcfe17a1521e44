"""The stories that the page keeps in memory: those that changed last, bounded by number."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

from services.contracts.stories.listing import find_current, is_outdated, sort_stories
from services.contracts.stories.record import StoryRecord
from services.page.views.story_filter import StoryFilter
from services.page.windows.changes import ChangeLog

MAX_STORIES = 2_000
"""Stories with several articles that the window keeps. With its names a story has some 8 KiB in memory."""
MAX_SINGLES = 500
"""Stories with one article that the window keeps. Most stories have one article, and they must not displace others."""
MAX_MERGED = 10_000
"""Merged stories of which the window knows the story that has their articles now."""

V = TypeVar("V")


class StoryWindow:
    """Bounded memory of stories; those that changed longest ago make room for new ones."""

    def __init__(self, *, max_stories: int = MAX_STORIES, max_singles: int = MAX_SINGLES) -> None:
        self._limits = max_stories, max_singles
        self._several: OrderedDict[str, StoryRecord] = OrderedDict()
        """Stories with several articles by id, the one that changed longest ago first."""
        self._singles: OrderedDict[str, StoryRecord] = OrderedDict()
        """The same for stories with one article."""
        self._merged: OrderedDict[str, str] = OrderedDict()
        """For each merged story, the story into which it was merged."""
        self.changes = ChangeLog()
        self.unreadable = 0
        """Number of records that are no stories."""

    def __len__(self) -> int:
        return len(self._several) + len(self._singles)

    def add(self, record: StoryRecord) -> None:
        """Add a story, or replace the earlier state of it."""
        if is_outdated(record, self.find(record.id)):
            return
        self._forget(record.id)
        self.changes.note_change(record.id)
        if record.merged_into is not None:
            self._merged[record.id] = record.merged_into
            self._make_room(self._merged, MAX_MERGED)
            return
        kept, limit = (self._several, self._limits[0]) if record.articles > 1 else (self._singles, self._limits[1])
        kept[record.id] = record
        self._make_room(kept, limit)

    def find(self, story_id: str) -> StoryRecord | None:
        """Return a story, or None if the window has none with this id."""
        return self._several.get(story_id) or self._singles.get(story_id)

    def find_current(self, story_id: str) -> str:
        """Return the id of the story that has the articles of a story now."""
        return find_current(story_id, self._merged)

    def list_stories(self, chosen: StoryFilter, limit: int) -> list[StoryRecord]:
        """Return the first stories that meet the filter, in its order."""
        found = (record for kept in (self._several, self._singles) for record in kept.values())
        return sort_stories(filter(chosen.accepts, found), chosen.order)[:limit]

    def list_changed(self, after: int, chosen: StoryFilter) -> tuple[list[StoryRecord], list[str]]:
        """Return the changes after a version: stories that meet the filter, and the ids of those that end."""
        changed = [(story_id, self.find(story_id)) for story_id in self.changes.list_changed_ids(after)]
        shown = [record for _, record in changed if record is not None and chosen.accepts(record)]
        ended = [
            story_id
            for story_id, record in changed
            if record is None or (record.status != "open" and not chosen.accepts(record))
        ]
        return shown, ended

    def list_languages(self) -> list[str]:
        """Return the languages of the kept stories, for the list of choices."""
        records = (*self._several.values(), *self._singles.values())
        return sorted({language for record in records for language in record.languages})

    def _forget(self, story_id: str) -> None:
        self._several.pop(story_id, None)
        self._singles.pop(story_id, None)
        self._merged.pop(story_id, None)

    def _make_room(self, kept: OrderedDict[str, V], limit: int) -> None:
        while len(kept) > limit:
            oldest, _ = kept.popitem(last=False)
            self.changes.forget_change(oldest)
