"""One story as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.event import EnrichedArticle
from services.contracts.state.story_state import StoryEntity
from services.contracts.stories.articles import StoryLine, describe_articles
from services.contracts.stories.record import StoryRecord, StoryStatus


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story, with those of its articles that the page has in memory."""

    id: str
    headline: str | None
    status: StoryStatus | None
    """Status; None if the page does not have the record of the story."""
    articles: int
    """Number of articles of the story, with those that are not in memory."""
    copies: int | None
    """Number of copies; None if the page does not have the record of the story."""
    sources: int
    """Number of independent sources."""
    opened_at: datetime | None
    """Time of the first article."""
    updated_at: datetime | None
    """Time of the latest article."""
    entities: tuple[StoryEntity, ...]
    """The names that most articles have."""
    lines: tuple[StoryLine, ...]
    """The articles in memory, in the order of their arrival."""

    @property
    def missing(self) -> int:
        """Number of articles that are not in memory."""
        return max(0, self.articles - len(self.lines))

    @property
    def language(self) -> str:
        """Language of the story, as a code; empty if it is unknown."""
        return next((line.language for line in self.lines if line.language != "und"), "")


def view_story(story_id: str, record: StoryRecord | None, events: Sequence[EnrichedArticle]) -> StoryView:
    """Return what the page shows of a story. Without its record, the numbers are those of its latest event."""
    lines = tuple(describe_articles(events))
    if record is not None:
        return StoryView(
            id=story_id,
            headline=record.headline,
            status=record.status,
            articles=record.articles,
            copies=record.copies,
            sources=record.sources,
            opened_at=record.opened_at,
            updated_at=record.updated_at,
            entities=record.entities,
            lines=lines,
        )
    return StoryView(
        id=story_id,
        headline=lines[0].headline,
        status=None,
        articles=max(event.story.size for event in events if event.story is not None),
        copies=None,
        sources=max(event.story.sources for event in events if event.story is not None),
        opened_at=lines[0].at,
        updated_at=lines[-1].at,
        entities=(),
        lines=lines,
    )
