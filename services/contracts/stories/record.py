"""The story: one record of `news.stories.v1`, which is compacted by the story's id."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, NonNegativeInt, PositiveInt

from services.contracts.base import Contract
from services.contracts.state.story_state import StoryEntity

StoryStatus = Literal["open", "closed", "merged"]


class StoryRecord(Contract):
    """A story after its latest change. Key: the id of the story; partition: the shard of its language."""

    id: str
    """The id of the story, which is that of its first article."""
    version: PositiveInt
    """The number of the change, from 1."""
    status: StoryStatus
    """open: articles may join it; closed: its time is over, and no article joins it any more; merged: its articles
    belong to the story in `merged_into`."""
    merged_into: str | None = None
    """The id of the story that has its articles now; null unless `status` is merged. That story may be merged later."""
    headline: str | None = None
    """The headline of the representative article; null if that has none."""
    opened_at: AwareDatetime
    """The time at which the raw topic received the first article."""
    updated_at: AwareDatetime
    """The time at which the raw topic received the latest article."""
    first: str
    """The id of the first article."""
    latest: str
    """The id of the latest article."""
    representative: str
    """The id of the article that was most like the story when it arrived."""
    articles: PositiveInt
    """The number of articles, copies included."""
    originals: PositiveInt
    """The number of articles that are no copies of an earlier one."""
    copies: NonNegativeInt
    """The number of articles that are copies."""
    sources: PositiveInt
    """The number of independent sources: publishers or agencies of the originals. It stops at 128."""
    entities: tuple[StoryEntity, ...] = ()
    """The entities that most articles name, at most 12."""
    languages: tuple[str, ...] = ()
    """The languages of the articles, as codes (BCP 47)."""
