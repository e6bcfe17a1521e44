"""Parameters of stories, each with the reason for its default; docs/stories.md has the scores behind them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

Preset = Literal["tight", "default", "broad"]


class StoryParameters(BaseModel):
    """Parameters of the stories of a shard.

    Changing one changes stories, so a shard must keep its parameters for as long as its verdict log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    preset: Preset = "default"
    """How alike an article and a story must be. tight: hardly any foreign article, more stories are split; broad: also
    reports on the consequences and the background of an event; default: between the two."""
    silent_ms: int = Field(default=7 * DAY_MS, ge=60_000, le=7 * DAY_MS)
    """Time without an article after which a story is closed, in milliseconds. At most 7 days, because the verdict log,
    from which stories are restored, is kept for 9."""
    longest_ms: int = Field(default=30 * DAY_MS, ge=60_000)
    """Time after which a story is closed in any case, in milliseconds."""
    open_stories: int = Field(default=200_000, ge=1)
    """Largest number of open stories of a shard. Beyond it, the story that would end first is closed early."""
    candidates: int = Field(default=5, ge=1, le=64)
    """Largest number of stories with which an article is compared in full."""
    bucket_limit: int = Field(default=50, ge=1)
    """Number of open stories with a term from which the term is ignored in the search: it distinguishes nothing."""
