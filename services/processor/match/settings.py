"""Settings of match."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.stories.parameters import StoryParameters
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings
from services.runtime.service.settings import ServiceSettings, name_variable


class MatchSettings(LaneSettings):
    """Settings of matching near-duplicates."""

    group: str = "copydesk-match"
    """Consumer group, and the first part of the transactional ids. `COPYDESK_TOPICS__PREFIX` precedes it."""
    parameters: MatchParameters = MatchParameters()
    """Parameters that decide which articles are duplicates, as JSON. Keep them as long as the verdict log."""
    revisions: Literal["publish", "suppress"] = "publish"
    """Action when a known article arrives with a new revision of its annotation, made by other code, models or options.
    publish: the event is published and routed again, with the verdict of the first one; suppress: nothing is sent."""
    stories: Literal["on", "off"] = "on"
    """Whether match finds the story of each article. off: events have neither story nor novelty, and nothing is written
    to the topic of stories."""
    story_parameters: StoryParameters = StoryParameters()
    """Parameters that decide which articles belong to one story, as JSON, such as {"preset": "tight"}. Keep them
    as long as the verdict log."""
    mentions: Literal["on", "off"] = "off"
    """Whether match writes a row for each article and entity to the topic of mentions."""
    snapshot: SnapshotSettings = SnapshotSettings()
    """Snapshots of the shards' indexes on the local disk."""


class MatchServiceSettings(ServiceSettings):
    """All settings of the match service."""

    match: MatchSettings = MatchSettings()

    @model_validator(mode="after")
    def _check_retention(self) -> Self:
        remembered = self.match.parameters.remembered_ms
        layout = self.topics.layout
        kept = {"raw_retention": layout.raw_retention_ms, "verdict_retention": layout.verdict_retention_ms}
        for name, retention_ms in kept.items():
            if -1 < retention_ms < remembered:
                raise ValueError(
                    f"{name_variable('match', 'parameters', 'remembered_ms')} is {remembered}, but "
                    f"{name_variable('topics', name)} is {retention_ms // 1_000} s: match would remember articles that "
                    "cannot be annotated again, or whose verdicts are gone"
                )
        return self
