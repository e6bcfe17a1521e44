"""Settings of match."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from services.contracts import topics
from services.enrichment.matching.parameters import MatchParameters
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings
from services.runtime.service.settings import ServiceSettings


class MatchSettings(LaneSettings):
    """Settings of matching near-duplicates."""

    group: str = "copydesk-match"
    """Consumer group, and the first part of the transactional ids. Each deployment on one Kafka needs its own."""
    parameters: MatchParameters = MatchParameters()
    """Parameters that decide which articles are duplicates, as JSON. Keep them as long as the verdict log."""
    revisions: Literal["publish", "suppress"] = "publish"
    """Action when a known article arrives with a new revision of its annotation, made by other code, models or options.
    publish: the event is published and routed again, with the verdict of the first one; suppress: nothing is sent."""
    snapshot: SnapshotSettings = SnapshotSettings()
    """Snapshots of the shards' indexes on the local disk."""

    @model_validator(mode="after")
    def _check_retention(self) -> Self:
        remembered_ms = self.parameters.remembered_ms
        kept = {topics.RAW: topics.RAW_RETENTION_MS, topics.VERDICTS: topics.VERDICT_RETENTION_MS}
        for name, retention_ms in kept.items():
            if remembered_ms > retention_ms:
                raise ValueError(
                    f"parameters.remembered_ms is {remembered_ms}, but {name} keeps records for {retention_ms} ms: "
                    "match would remember articles that cannot be annotated again, or whose verdicts are gone"
                )
        return self


class MatchServiceSettings(ServiceSettings):
    """All settings of the match service."""

    match: MatchSettings = MatchSettings()
