"""The latest states of stories, in memory."""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError

from services.contracts.stories.listing import find_current, is_outdated, sort_stories
from services.contracts.stories.record import StoryRecord
from services.errors import ConfigurationError


class LatestStories:
    """The latest state of each story."""

    def __init__(self) -> None:
        self._held: dict[str, StoryRecord] = {}

    def read(self, value: bytes | None) -> None:
        """Add a record of the topic. One that is no story is left out."""
        with suppress(ValidationError):
            self.add(StoryRecord.model_validate_json(value or b""))

    def add(self, record: StoryRecord) -> None:
        """Add a state of a story, unless a later one is known."""
        if not is_outdated(record, self._held.get(record.id)):
            self._held[record.id] = record

    def list_stories(self) -> list[StoryRecord]:
        """Return the stories that are not merged into another one, the largest first."""
        return sort_stories(self._held.values())

    def find(self, beginning: str) -> StoryRecord:
        """Return the story whose id has a beginning, or the one that has the articles of that story now.

        Raises ConfigurationError if there is none, or more than one.
        """
        found = [story_id for story_id in self._held if story_id.startswith(beginning)]
        if len(found) != 1 and beginning not in found:
            many = f"{len(found)} stories have ids that begin" if found else "no story has an id that begins"
            raise ConfigurationError(f"{many} with {beginning}; `copydesk stories` shows the ids")
        current = find_current(beginning if beginning in found else found[0], self.list_merged())
        if current not in self._held:
            raise ConfigurationError(f"the story {beginning} is merged into {current}, which is not there")
        return self._held[current]

    def list_merged(self) -> dict[str, str]:
        """Return, for each merged story, the story into which it was merged."""
        return {one.id: one.merged_into for one in self._held.values() if one.merged_into is not None}
